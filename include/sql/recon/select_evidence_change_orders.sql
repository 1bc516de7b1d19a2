-- Evidence: the change orders of commitments dated by the month's end, as they count for the order's value; one row per
-- change order and PO line. Pending ones count for nothing yet; what is dated in the month itself stands apart.
select
    o.commitment,
    o.change_order,
    x.item_number,
    o.description,
    o.change_order_date,
    o.status,
    m.change_id is not null as is_ours,
    i.job,
    i.extra,
    i.cost_code,
    i.category,
    i.unit,
    x.units,
    case when o.status = 'Approved' then x.amount else 0 end as amount_approved,
    case
        when o.status = 'Approved' and o.change_order_date >= date_trunc('month', %(period_end)s::date)
            then x.amount
        else 0
    end as amount_approved_in_month,
    case when o.status = 'Pending' then x.amount else 0 end as amount_pending
from core.change_order as o
inner join core.change_order_item as x
    on x.company_id = o.company_id and x.commitment = o.commitment and x.change_order = o.change_order
inner join core.commitment as c
    on c.company_id = o.company_id and c.commitment = o.commitment and c.commitment_date <= %(period_end)s
left join core.commitment_item as i
    on i.company_id = x.company_id and i.commitment = x.commitment and i.item_number = x.item_number
left join outbox.change_order as m
    on m.company_id = o.company_id and m.commitment = o.commitment and m.reference = o.change_order
where o.company_id = %(company_id)s and o.change_order_date <= %(period_end)s
order by o.commitment, o.change_order_date, o.change_order, x.item_number
