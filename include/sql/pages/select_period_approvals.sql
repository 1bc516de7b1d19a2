-- Adjustments of one company and month with their decision; one row per adjustment.
select
    a.adjustment_id,
    a.job,
    a.cost_code,
    a.category,
    a.amount,
    a.reason,
    a.state,
    a.proposed_by,
    a.decision,
    a.decided_by,
    a.decided_at,
    a.posting_reference
from mart.adjustment as a
where a.company_id = %(company_id)s and a.period = %(period)s
order by a.adjustment_id
