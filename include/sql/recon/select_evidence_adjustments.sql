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
    a.approved_by,
    a.decided_at,
    a.posting_reference,
    a.posting_state,
    a.sage_transaction_id
from mart.adjustment as a
where a.company_id = %(company_id)s and a.period = %(period)s
order by a.adjustment_id
