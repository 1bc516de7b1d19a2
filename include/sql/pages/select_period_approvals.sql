-- Adjustments of one company and month with what was decided about each line; one row per adjustment.
select
    a.adjustment_id,
    a.job,
    a.cost_code,
    a.category,
    a.amount,
    a.reason,
    a.state,
    a.proposed_by,
    l.decision,
    l.decided_by,
    l.decided_at,
    a.posting_reference
from mart.adjustment as a
left join mart.proposal_line as l on l.run_no = a.run_no and l.line = 'A' || a.adjustment_id
where a.company_id = %(company_id)s and a.period = %(period)s
order by a.adjustment_id
