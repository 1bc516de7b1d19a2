-- Note a run that has not ended in time, once for ever; a reconciliation by the subject that `audit.notable` gives it,
-- so that it is told once, whoever sees it first. Rows noted.
with late as (
    select
        coalesce(
            (
                select c.company_id
                from core.company as c
                where c.company_id = %(company_id)s
            ),
            ''
        ) as company_id,
        coalesce(
            (
                select 'reconciliation ' || max(r.run_no)
                from recon.run as r
                where
                    r.company_id = %(company_id)s
                    and r.dag_run_id = %(dag_run_id)s
                    and 'reconcile__' || r.scope = %(dag_id)s
                    and r.mode = 'propose'
            ),
            %(dag_id)s::text || ' ' || %(dag_run_id)s::text
        ) as subject
)

insert into audit.notice (company_id, kind, subject, message)
select
    l.company_id,
    'run_late' as kind,
    l.subject,
    %(message)s
from late as l
where
    not exists (
        select
        from audit.notice as n
        where (n.company_id, n.kind, n.subject) = (l.company_id, 'run_late', l.subject)
    )
on conflict (company_id, kind, subject) where closed_at is null do nothing
