-- Evidence: the adjustments of the month with decision and posting; one row per adjustment.
select
    a.adjustment_id,
    a.run_no,
    a.corrects_reference,
    a.job,
    a.extra,
    a.cost_code,
    a.category,
    a.commitment,
    a.item_number,
    a.transaction_date,
    a.amount,
    a.reason,
    a.state,
    a.proposed_by,
    l.decision,
    l.decided_by,
    l.decided_at,
    a.posting_reference,
    a.posting_state,
    a.sage_transaction_id
from mart.adjustment as a
left join mart.proposal_line as l on l.run_no = a.run_no and l.line = 'A' || a.adjustment_id
where a.company_id = %(company_id)s and a.period = %(period)s
order by a.adjustment_id
