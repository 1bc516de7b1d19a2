-- Evidence: the audit chain's heads; one row per batch.
select
    h.batch,
    h.rows,
    h.root,
    h.previous_root,
    h.created_at,
    h.published_at,
    h.published_as
from mart.audit_chain as h
where h.company_id = %(company_id)s
order by h.batch
