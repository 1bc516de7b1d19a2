"""Pages inside Airflow's UI: what people see of the bridge. Nothing here decides or writes."""
