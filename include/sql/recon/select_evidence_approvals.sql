-- Evidence: every decision about this month's runs; one row per decision.
select
    a.approval_id,
    a.subject_kind,
    a.subject_id,
    a.content_hash,
    a.prepared_by,
    a.decided_by,
    a.decision,
    a.comment,
    a.decided_at,
    a.dag_id,
    a.run_id
from audit.approval as a
inner join recon.run as r on a.company_id = r.company_id and a.subject_id = r.run_no::text
where
    a.company_id = %(company_id)s and a.subject_kind = 'recon.run'
    and r.company_id = %(company_id)s and r.period = %(period)s
order by a.approval_id
