-- Tell reconciliation which corrections of commitments stand in Sage; one row per proposal.
update recon.proposed_event as p
set state = 'posted'
from outbox.change_order_proposal as c
inner join outbox.change_order as w on w.company_id = c.company_id and w.change_id = c.change_id
where
    p.company_id = c.company_id and p.proposal_id = c.proposal_id
    and p.company_id = %(company_id)s and p.state = 'approved' and w.state = 'posted'
