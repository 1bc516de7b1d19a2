-- Give the corrections of commitments that a run proposes their money at the order's price, and what the line was when
-- they were proposed; one row per proposal. The money is the difference of the line's amount before and after, so that
-- what stays ordered is worth units x price to the cent, and a line emptied of units is emptied of money. A lump sum
-- has no units in Sage: its expected quantity is the measure. What asks for more than is ordered stays without: people
-- decide.
with asked as (
    select
        p.proposal_id,
        p.quantity,
        o.unit_cost,
        o.units_of_others,
        o.amount_of_others,
        o.amount - coalesce(u.amount, 0) as amount,
        case when o.is_lump_sum then q.units_revised else o.units end - coalesce(u.units, 0) as units
    from recon.proposed_event as p
    inner join recon.ordered_line as o
        on o.company_id = p.company_id and o.commitment = p.commitment and o.item_number = p.item_number
    left join recon.reduction_under_way as u
        on u.company_id = p.company_id and u.commitment = p.commitment and u.item_number = p.item_number
    left join lateral (
        select w.units_revised
        from mart.commitment_position_at(p.company_id, %(as_of)s) as w
        where w.commitment = p.commitment and w.item_number = p.item_number
    ) as q on o.is_lump_sum
    where
        p.company_id = %(company_id)s and p.run_no = %(run_no)s and p.event_type = 'commitment_reduced'
        and p.state = 'proposed'
)

update recon.proposed_event as p
set
    amount = case
        when a.quantity = a.units then -a.amount
        when round(a.units * a.unit_cost, 2) = a.amount then round((a.units - a.quantity) * a.unit_cost, 2) - a.amount
        else round(a.amount * (a.units - a.quantity) / a.units, 2) - a.amount
    end,
    units_ordered = a.units_of_others,
    amount_ordered = a.amount_of_others
from asked as a
where p.company_id = %(company_id)s and p.proposal_id = a.proposal_id and a.units > 0 and a.quantity <= a.units
