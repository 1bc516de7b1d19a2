"""Transport: how bytes and rows travel between Airflow, Sage, RunBlu and the warehouse. Decides nothing."""
