-- Every reconciliation run of one company and month, newest first; one row per run.
select
    r.run_no,
    r.mode,
    r.state,
    r.materiality,
    r.prepared_by,
    r.started_at,
    r.finished_at,
    r.proves_run_no,
    r.content_hash,
    r.sign_off_hash,
    v.decision,
    v.decided_by,
    v.decided_at,
    v.comment
from recon.run as r
left join audit.approval as v on v.company_id = r.company_id and v.approval_id = r.approval_id
where r.company_id = %(company_id)s and r.period = %(period)s and r.scope = 'period'
order by r.run_no desc
