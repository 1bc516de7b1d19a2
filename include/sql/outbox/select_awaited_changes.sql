-- Companies of which an approved correction of a commitment waits for its change order; one row per company.
select distinct p.company_id
from recon.proposed_event as p
where
    p.event_type = 'commitment_reduced' and p.state = 'approved' and p.amount is not null
    and recon.sends_changes(p.company_id)
    and not exists (
        select
        from outbox.change_order_proposal as c
        where c.company_id = p.company_id and c.proposal_id = p.proposal_id
    )
order by p.company_id
