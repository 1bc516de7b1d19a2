-- Begin a validation, or find the one this Airflow run began before; one row.
insert into recon.go_live_run (company_id, started_by, dag_run_id)
values (%(company_id)s, %(started_by)s, %(dag_run_id)s)
on conflict (company_id, dag_run_id) do update set started_by = recon.go_live_run.started_by
returning run_no, started_by, state
