-- What each layer holds after every step that changes its units or value (domain 4); one row per layer and such step.
-- A line is worth V(q) = round(q * unit cost, 2) for its net accepted units q; a receipt or cut is worth the change it
-- makes to V; a new unit cost spreads V over the layers cumulatively in the order of their receipts.
create temporary table work_layer on commit drop as
with accepted as (
    select
        s.line_no,
        s.k,
        s.layer_event_id,
        s.units,
        s.numerator,
        s.denominator,
        sum(s.units) over (partition by s.line_no order by s.k) as line_units
    from work_step as s
    where s.track = 'Q'
),

own as (
    select
        a.line_no,
        a.k,
        a.layer_event_id,
        a.units,
        ledger.round_fraction(a.line_units * a.numerator, a.denominator)
        - ledger.round_fraction((a.line_units - a.units) * a.numerator, a.denominator) as value_change
    from accepted as a
),

layer as (
    select
        o.line_no,
        o.layer_event_id,
        min(o.k) as first_k
    from own as o
    group by o.line_no, o.layer_event_id
),

standing as (
    select
        p.line_no,
        p.k,
        l.layer_event_id,
        l.first_k,
        p.numerator,
        p.denominator,
        sum(o.units) as units
    from work_step as p
    inner join layer as l on l.line_no = p.line_no and l.first_k < p.k
    inner join own as o on o.line_no = l.line_no and o.layer_event_id = l.layer_event_id and o.k < p.k
    where p.is_new_cost
    group by p.line_no, p.k, l.layer_event_id, l.first_k, p.numerator, p.denominator
),

spread as (
    select
        s.line_no,
        s.k,
        s.layer_event_id,
        s.units,
        s.numerator,
        s.denominator,
        sum(s.units) over (partition by s.line_no, s.k order by s.first_k) as units_up_to
    from standing as s
),

changes as (
    select
        o.line_no,
        o.k,
        o.layer_event_id,
        o.units,
        o.value_change as amount,
        0 as is_spread
    from own as o
    union all
    select
        s.line_no,
        s.k,
        s.layer_event_id,
        0 as units,
        ledger.round_fraction(s.units_up_to * s.numerator, s.denominator)
        - ledger.round_fraction((s.units_up_to - s.units) * s.numerator, s.denominator) as amount,
        1 as is_spread
    from spread as s
),

runs as (
    select
        c.*,
        sum(c.units) over by_layer as layer_units,
        sum(c.is_spread) over by_layer as spread_no
    from changes as c
    window by_layer as (partition by c.line_no, c.layer_event_id order by c.k)
),

valued as (
    select
        r.line_no,
        r.k,
        r.layer_event_id,
        r.is_spread,
        r.units,
        r.layer_units,
        sum(r.amount) over (partition by r.line_no, r.layer_event_id, r.spread_no order by r.k) as layer_amount
    from runs as r
)

select
    v.line_no,
    v.k,
    v.layer_event_id,
    v.is_spread = 1 as is_spread,
    v.units,
    v.layer_units,
    v.layer_amount,
    v.layer_amount - lag(v.layer_amount, 1, 0::numeric) over by_layer as amount_change,
    lead(v.k, 1, 9223372036854775807) over by_layer as next_k
from valued as v
window by_layer as (partition by v.line_no, v.layer_event_id order by v.k)
