-- Corrections of commitments of a run whose line has moved since: somebody else changed or closed it in Sage, or
-- another correction of it was approved; but for refused lines; one row per proposal.
select
    p.commitment || '/' || p.item_number as line,
    p.amount_ordered as amount,
    case when o.is_closed then 0 else o.amount_of_others end as amount_due
from recon.proposed_event as p
inner join recon.ordered_line as o
    on o.company_id = p.company_id and o.commitment = p.commitment and o.item_number = p.item_number
where
    p.company_id = %(company_id)s and p.run_no = %(run_no)s and p.amount is not null
    and not 'P' || p.proposal_id = any(%(refused_lines)s::text[])
    and (
        o.is_closed or o.units_of_others <> p.units_ordered or o.amount_of_others <> p.amount_ordered
        or exists (
            select
            from recon.proposed_event as e
            inner join recon.line_decision as d
                on d.company_id = e.company_id and d.run_no = e.run_no and d.line = 'P' || e.proposal_id
            where
                e.company_id = p.company_id and e.commitment = p.commitment and e.item_number = p.item_number
                and e.event_type = 'commitment_reduced' and e.run_no <> p.run_no
                and e.state in ('approved', 'posted') and e.amount is not null and d.stored_at > p.created_at
                and recon.sends_changes(p.company_id)
        )
    )
order by line
