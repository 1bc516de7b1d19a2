-- A validation with its company and its decision; one row.
select
    r.run_no,
    r.company_id,
    y.company_name,
    r.started_by,
    r.dag_run_id,
    r.state,
    r.started_at,
    coalesce(r.content_hash, '') as content_hash,
    coalesce(v.decided_by, '') as signed_by,
    coalesce(v.decision, '') as decision,
    coalesce(v.comment, '') as comment
from recon.go_live_run as r
inner join core.company as y on y.company_id = r.company_id
left join audit.approval as v on v.company_id = r.company_id and v.approval_id = r.approval_id
where r.run_no = %(run_no)s
