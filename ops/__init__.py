"""Embedded services and the conductor of the demo: what a developer's machine needs so that no Docker is needed.

Starts, watches and stops Postgres, the SFTP server, the Sage sandbox, the exchange agent and Airflow. Production runs
the same parts from `docker-compose.yaml`; nothing of the product imports this package.
"""
