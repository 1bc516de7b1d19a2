-- What each draw (allocation or consumption) of a layer is worth after every step that changes it; one row per draw
-- and step. Draw j is worth share(up to j) - share(up to j - 1), so that the draws of a layer always sum to its
-- consumed share; where a layer shrank below what was allocated from it, the last allocations lose theirs.
create temporary table work_share on commit drop as
with moves as (
    select
        s.line_no,
        s.layer_event_id,
        s.track,
        s.owner_k,
        s.k,
        s.units
    from work_step as s
    where s.track in ('A', 'C')
),

draws as (
    select
        m.line_no,
        m.layer_event_id,
        m.track,
        m.owner_k,
        sum(m.units) as units,
        bool_or(m.units < 0) as is_given_back
    from moves as m
    group by m.line_no, m.layer_event_id, m.track, m.owner_k
),

ordered as (
    select
        d.line_no,
        d.layer_event_id,
        d.track,
        d.owner_k,
        d.units,
        sum(d.units) over (partition by d.line_no, d.layer_event_id, d.track order by d.owner_k) as units_up_to,
        bool_or(d.is_given_back) over (partition by d.line_no, d.layer_event_id, d.track) as has_given_back
    from draws as d
),

pairs as (
    select
        o.line_no,
        o.owner_k,
        o.owner_k as k
    from ordered as o
    union
    select
        o.line_no,
        o.owner_k,
        l.k
    from ordered as o
    inner join work_layer as l on l.line_no = o.line_no and l.layer_event_id = o.layer_event_id and l.k > o.owner_k
    union
    select
        o.line_no,
        o.owner_k,
        m.k
    from ordered as o
    inner join moves as m
        on
            m.line_no = o.line_no and m.layer_event_id = o.layer_event_id and m.track = o.track
            and m.units < 0 and m.k > o.owner_k
    where o.has_given_back
),

drawn as (
    select
        p.line_no,
        p.owner_k,
        p.k,
        o.layer_event_id,
        case when o.has_given_back then g.units_up_to else o.units_up_to end as units_up_to,
        case when o.has_given_back then g.units else o.units end as units
    from pairs as p
    inner join ordered as o on o.line_no = p.line_no and o.owner_k = p.owner_k
    left join lateral (
        select
            coalesce(sum(m.units), 0) as units_up_to,
            coalesce(sum(m.units) filter (where m.owner_k = o.owner_k), 0) as units
        from moves as m
        where
            o.has_given_back
            and m.line_no = o.line_no and m.layer_event_id = o.layer_event_id and m.track = o.track
            and m.k <= p.k and m.owner_k <= o.owner_k
    ) as g on true
),

worth as (
    select
        d.line_no,
        d.owner_k,
        d.k,
        least(d.units_up_to, l.layer_units) - least(d.units_up_to - d.units, l.layer_units) as units,
        ledger.layer_share(l.layer_amount, l.layer_units, d.units_up_to)
        - ledger.layer_share(l.layer_amount, l.layer_units, d.units_up_to - d.units) as amount
    from drawn as d
    inner join work_layer as l
        on l.line_no = d.line_no and l.layer_event_id = d.layer_event_id and l.k <= d.k and d.k < l.next_k
)

select
    w.line_no,
    w.owner_k,
    w.k,
    w.units - lag(w.units, 1, 0::numeric) over by_draw as units_change,
    w.amount - lag(w.amount, 1, 0::numeric) over by_draw as amount_change
from worth as w
window by_draw as (partition by w.line_no, w.owner_k order by w.k)
