-- The events a run proposes to RunBlu, and its change orders for Sage with their money; one row per proposal.
select
    'P' || e.proposal_id as line,
    e.event_type,
    e.commitment,
    e.item_number,
    e.standard_item,
    e.job,
    e.cost_code,
    e.quantity,
    e.unit,
    e.amount,
    e.reason
from recon.proposed_event as e
where e.company_id = %(company_id)s and e.run_no = %(run_no)s
order by e.proposal_id
