-- Propose what the figures ask a person to look at: in RunBlu, units received beyond the order are to be returned, and
-- stock left on a closed commitment is to be counted; in Sage, the order is to be reduced by what was returned for
-- credit and no change order has taken out since, nor will take out once it is in Sage. One row per PO line and kind; a
-- proposal approved before for the same units is not repeated.
with position as (
    select
        p.commitment,
        p.item_number,
        p.standard_item,
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.unit,
        p.is_closed,
        p.units_accepted - p.units_returned - p.units_revised as units_over,
        p.units_on_hand
    from mart.commitment_position_at(%(company_id)s, %(period_end)s) as p
),

credited as (
    select
        v.commitment,
        v.item_number,
        min(v.entry_date) as credited_from,
        -sum(v.units) as units,
        -sum(v.amount) as amount
    from ledger.value_entry as v
    inner join ledger.material_event as e on e.company_id = v.company_id and e.event_id = v.event_id
    left join ledger.material_event as u
        on e.event_type = 'reversed' and u.company_id = e.company_id and u.event_id = e.reverses_event_id
    where
        v.company_id = %(company_id)s and v.measure = 'received' and v.entry_date <= %(period_end)s
        and coalesce(u.event_type, e.event_type) = 'returned' and coalesce(u.disposition, e.disposition) = 'credit'
        -- What went back before a line was opened is no part of its order.
        and not exists (
            select
            from ledger.opening_balance as o
            where
                o.company_id = v.company_id and o.commitment = v.commitment and o.item_number = v.item_number
                and v.entry_date < o.opened_on
        )
    group by v.commitment, v.item_number
),

reduction as (
    select
        c.commitment,
        c.item_number,
        c.amount,
        c.units + coalesce(sum(x.units) filter (where x.units < 0), 0) - coalesce(max(u.units), 0) as units
    from credited as c
    left join recon.reduction_under_way as u
        on u.company_id = %(company_id)s and u.commitment = c.commitment and u.item_number = c.item_number
    left join core.change_order as o
        on
            o.company_id = %(company_id)s and o.commitment = c.commitment and o.status = 'Approved'
            and o.change_order_date >= c.credited_from
            -- One of ours answers a return of the month, though it is dated when it was approved.
            and (
                o.change_order_date <= %(period_end)s
                or exists (
                    select
                    from outbox.change_order as w
                    where
                        w.company_id = o.company_id and w.commitment = o.commitment and w.reference = o.change_order
                )
            )
    left join core.change_order_item as x
        on
            x.company_id = o.company_id and x.commitment = o.commitment and x.change_order = o.change_order
            and x.item_number = c.item_number
    group by c.commitment, c.item_number, c.amount, c.units
),

wanted as (
    select
        p.*,
        'returned' as event_type,
        least(p.units_over, p.units_on_hand) as quantity,
        'received beyond the order' as reason
    from position as p
    where p.units_over > 0 and p.units_on_hand > 0
    union all
    select
        p.*,
        'counted' as event_type,
        p.units_on_hand as quantity,
        'stock left on a closed commitment' as reason
    from position as p
    where p.is_closed and p.units_on_hand > 0 and p.units_over <= 0
    union all
    select
        p.*,
        'commitment_reduced' as event_type,
        r.units as quantity,
        'returned for credit, ' || r.amount || ' at the order''s price' as reason
    from position as p
    inner join reduction as r on r.commitment = p.commitment and r.item_number = p.item_number
    -- Closed in the meantime: Sage takes no change order any more.
    inner join core.commitment as k on k.company_id = %(company_id)s and k.commitment = p.commitment
    where r.units > 0 and not k.is_closed
)

insert into recon.proposed_event (
    run_no, company_id, period, event_type, commitment, item_number, standard_item, job, extra, cost_code, category,
    quantity, unit, reason
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    w.event_type,
    w.commitment,
    w.item_number,
    w.standard_item,
    w.job,
    w.extra,
    w.cost_code,
    w.category,
    w.quantity,
    w.unit,
    w.reason
from wanted as w
where
    not exists (
        select
        from recon.proposed_event as e
        where
            e.company_id = %(company_id)s and e.state = 'approved' and e.event_type = w.event_type
            and e.commitment = w.commitment and e.item_number = w.item_number and e.quantity = w.quantity
            -- What is on its way to Sage is taken off above.
            and (e.amount is null or not recon.sends_changes(e.company_id))
    )
