-- Begin the reconciliation of a job; gives its number. Undecided runs of the same job, and of the same DAG run, are
-- given up.
with given_up as (
    update recon.run
    set state = 'failed', finished_at = now()
    where
        company_id = %(company_id)s and state in ('running', 'proposed')
        and (
            dag_run_id = %(dag_run_id)s
            or (scope = 'job' and job = %(job)s and mode = 'propose' and %(mode)s = 'propose')
        )
)

insert into recon.run (
    company_id, scope, period, job, mode, materiality, prepared_by, dag_run_id, state
)
values (
    %(company_id)s, 'job', to_char(%(as_of)s::date, 'YYYY-MM'), %(job)s, %(mode)s, 0, %(prepared_by)s, %(dag_run_id)s,
    'running'
)
returning run_no
