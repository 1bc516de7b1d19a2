"""The rules of the bridge between RunBlu and Sage 300 CRE.

Standard library only: no Airflow, no input or output, no clock, no float. What this package
decides can be read and tested in milliseconds; transport lives in `sage_hooks`, order in `dags`.
"""
