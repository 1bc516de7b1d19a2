-- The quantity bridge at PO cost, per PO line and codes, cumulative to the period's end: original + change_orders -
-- not_received - closed_short + over_receipt - returned - on_hand + rounding + moved_code = consumed. Orders come
-- from the commitment, quantities from the tagged events, consumed money from the ledger's entries; the residual is
-- computed from all of them and is 0 only when they agree. Zero steps are left out.
with line as (
    select
        i.commitment,
        i.item_number,
        i.job,
        i.extra,
        i.cost_code,
        i.category,
        c.is_closed,
        w.units as units_original,
        w.amount as amount_original,
        u.units - w.units as units_changes,
        u.amount - w.amount as amount_changes,
        u.units as units_revised,
        u.amount as amount_revised,
        u.numerator,
        u.denominator
    from core.commitment_item as i
    inner join core.priced_item as w
        on w.company_id = i.company_id and w.commitment = i.commitment and w.item_number = i.item_number
    inner join core.commitment as c on c.company_id = i.company_id and c.commitment = i.commitment
    inner join recon.unit_cost_at(%(company_id)s, %(period_end)s) as u
        on u.commitment = i.commitment and u.item_number = i.item_number
    where i.company_id = %(company_id)s and c.commitment_date <= %(period_end)s
),

-- What the events say was accepted, returned and consumed of each line, in units.
movement as (
    select
        t.commitment,
        t.item_number,
        coalesce(sum(t.units) filter (where t.effect = 'receipt'), 0)
        - coalesce(sum(t.units) filter (where t.effect = 'cut' and not t.is_returned), 0)
        + coalesce(sum(t.units) filter (where t.effect = 'add' and not t.is_returned), 0) as units_accepted,
        coalesce(sum(t.units) filter (where t.effect = 'cut' and t.is_returned), 0)
        - coalesce(sum(t.units) filter (where t.effect = 'add' and t.is_returned), 0) as units_returned,
        coalesce(sum(t.units) filter (where t.effect = 'consume'), 0)
        - coalesce(sum(t.units) filter (where t.effect = 'give_back'), 0) as units_consumed,
        coalesce(sum(t.events) filter (where t.effect = 'receipt'), 0) as layers
    from work_line_units as t
    where t.commitment is not null and t.is_by_end
    group by t.commitment, t.item_number
),

entry as (
    select
        v.commitment,
        v.item_number,
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        coalesce(sum(v.units) filter (where v.measure in ('installed', 'wasted')), 0) as units_consumed,
        coalesce(sum(v.amount) filter (where v.measure in ('installed', 'wasted')), 0) as amount_consumed,
        coalesce(sum(v.units) filter (where v.measure in ('installed', 'wasted') and v.is_pooled), 0) as units_pooled
    from work_line_entry as v
    where v.is_tagged and v.is_by_end
    group by v.commitment, v.item_number, v.job, v.extra, v.cost_code, v.category
),

entry_of_line as (
    select
        e.commitment,
        e.item_number,
        sum(e.units_consumed) as units_consumed,
        sum(e.amount_consumed) as amount_consumed,
        sum(e.units_pooled) as units_pooled
    from entry as e
    group by e.commitment, e.item_number
),

stood as (
    select
        l.*,
        coalesce(m.units_accepted, 0) as units_accepted,
        coalesce(m.units_returned, 0) as units_returned,
        coalesce(m.layers, 0) as layers,
        -- Draws that name no line are spread over lines by the ledger alone.
        coalesce(m.units_consumed, 0) + coalesce(v.units_pooled, 0) as units_drawn,
        coalesce(v.units_consumed, 0) as units_consumed,
        coalesce(v.amount_consumed, 0) as amount_consumed,
        -- A line of no units (a lump sum, or a zeroed one) or of negative ones (a credit) orders nothing that could
        -- come: all of its money stands open, and whatever comes is too much.
        case
            when l.units_revised > 0 then greatest(l.units_revised - coalesce(m.units_accepted, 0), 0)
            else l.units_revised
        end as units_not_received,
        case
            when l.units_revised > 0 then greatest(coalesce(m.units_accepted, 0) - l.units_revised, 0)
            else coalesce(m.units_accepted, 0)
        end as units_over
    from line as l
    left join movement as m on m.commitment = l.commitment and m.item_number = l.item_number
    left join entry_of_line as v on v.commitment = l.commitment and v.item_number = l.item_number
),

-- Worked out once a line: merged into the steps below, each of them would do the whole arithmetic again.
valued as materialized (
    select
        s.*,
        s.units_accepted - s.units_returned - s.units_drawn as units_on_hand,
        case
            when s.units_revised > 0 then ledger.round_fraction(s.units_not_received * s.numerator, s.denominator)
            else s.amount_revised
        end as amount_not_received,
        ledger.round_fraction(s.units_over * s.numerator, s.denominator) as amount_over,
        -- At the cost in force like every other step: a later change of price moves the order's amount for these units
        -- as well, though nothing of what went back is revalued.
        ledger.round_fraction(s.units_returned * s.numerator, s.denominator) as amount_returned,
        ledger.round_fraction((s.units_accepted - s.units_returned - s.units_drawn) * s.numerator, s.denominator)
            as amount_on_hand
    from stood as s
),

-- Rounding is what whole cents do to exact products: at most one cent for each layer and each figure of the line.
-- More is no rounding and stays in the residual.
rounded as materialized (
    select
        v.*,
        v.amount_consumed - v.amount_original - v.amount_changes + v.amount_not_received - v.amount_over
        + v.amount_returned + v.amount_on_hand
        - ledger.round_fraction(
            (
                v.units_consumed - v.units_revised + v.units_not_received - v.units_over
                + v.units_returned + v.units_on_hand
            ) * v.numerator,
            v.denominator
        ) as cents,
        0.01 * (v.layers + 4) as most_cents
    from valued as v
),

-- What was consumed of a line on other codes than its own.
moved as (
    select
        e.commitment,
        e.item_number,
        sum(e.units_consumed) as units,
        sum(e.amount_consumed) as amount
    from entry as e
    inner join line as l on l.commitment = e.commitment and l.item_number = e.item_number
    where (e.job, e.extra, e.cost_code, e.category) <> (l.job, l.extra, l.cost_code, l.category)
    group by e.commitment, e.item_number
),

placed as materialized (
    select
        r.*,
        case when abs(r.cents) <= r.most_cents then r.cents else 0 end as amount_rounding,
        coalesce(o.units, 0) as units_moved,
        coalesce(o.amount, 0) as amount_moved
    from rounded as r
    left join moved as o on o.commitment = r.commitment and o.item_number = r.item_number
),

component as (
    -- On the line's own codes.
    select
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.commitment,
        p.item_number,
        c.component,
        c.role,
        c.units,
        c.amount
    from placed as p
    cross join
        lateral (
            values
            ('original', 'start', p.units_original, p.amount_original),
            ('change_orders', 'step', p.units_changes, p.amount_changes),
            (
                'not_received', 'step', case when p.is_closed then 0 else -p.units_not_received end,
                case when p.is_closed then 0 else -p.amount_not_received end
            ),
            (
                'closed_short', 'step', case when p.is_closed then -p.units_not_received else 0 end,
                case when p.is_closed then -p.amount_not_received else 0 end
            ),
            ('over_receipt', 'step', p.units_over, p.amount_over),
            ('returned', 'step', -p.units_returned, -p.amount_returned),
            ('on_hand', 'step', -p.units_on_hand, -p.amount_on_hand),
            ('moved_code', 'step', -p.units_moved, -p.amount_moved),
            ('rounding', 'step', 0, p.amount_rounding),
            ('consumed', 'end', p.units_consumed - p.units_moved, p.amount_consumed - p.amount_moved)
        ) as c (component, role, units, amount)
    union all
    -- On other codes, where material of the line was consumed.
    select
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.commitment,
        e.item_number,
        c.component,
        c.role,
        e.units_consumed as units,
        e.amount_consumed as amount
    from entry as e
    inner join line as l on l.commitment = e.commitment and l.item_number = e.item_number
    cross join (values ('moved_code', 'step'), ('consumed', 'end')) as c (component, role)
    where
        (e.job, e.extra, e.cost_code, e.category) <> (l.job, l.extra, l.cost_code, l.category)
        and (e.units_consumed <> 0 or e.amount_consumed <> 0)
)

insert into recon.variance (
    run_no, company_id, period, job, extra, cost_code, category, commitment, item_number, bridge, component, role,
    units, amount
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    c.job,
    c.extra,
    c.cost_code,
    c.category,
    c.commitment,
    c.item_number,
    'quantity' as bridge,
    c.component,
    c.role,
    c.units,
    c.amount
from component as c
where c.role in ('start', 'end') or c.units <> 0 or c.amount <> 0
