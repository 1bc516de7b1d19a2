-- Begin a reconciliation of one company and month, or the proof of one; gives its number. Undecided runs it replaces
-- are given up: those of the same DAG run, and every earlier proposal of a month of the company, whose figures this one
-- makes old. The month's figures have a partition from then on.
with given_up as (
    update recon.run
    set state = 'failed', finished_at = now()
    where
        company_id = %(company_id)s and state in ('running', 'proposed')
        and (dag_run_id = %(dag_run_id)s or (scope = 'period' and mode = 'propose' and %(mode)s = 'propose'))
),

begun as (
    insert into recon.run (
        company_id, scope, period, mode, materiality, prepared_by, dag_run_id, proves_run_no, approval_id, state
    )
    values (
        %(company_id)s, 'period', %(period)s, %(mode)s, %(materiality)s, %(prepared_by)s, %(dag_run_id)s,
        %(proves_run_no)s, %(approval_id)s, 'running'
    )
    returning run_no, company_id, period
)

select
    b.run_no,
    recon.make_partition(b.company_id, b.period) as partition_made
from begun as b
