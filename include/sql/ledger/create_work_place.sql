-- What transfers moved on layers of the lines at work, after every step that changes it: two rows per transfer part and
-- step, out of the codes of where the units were and onto those of where they are. What came to a place is worth what
-- lies there, what was consumed there and what was returned from there, and so with what went on from it; what lies in
-- a layer is spread over its places by units, cumulatively, so that an empty place holds nothing to the cent.
create temporary table work_place on commit drop as
with recursive moved_layer as (
    select distinct
        s.line_no,
        s.layer_event_id
    from work_step as s
    where s.track = 'T'
),

-- Each transfer part opens a place of its own; where the units were received is the place ''.
place as (
    select
        m.line_no,
        m.layer_event_id,
        '' as place,
        null::text as from_place,
        0::bigint as owner_k,
        null::text as job,
        null::text as extra,
        null::text as cost_code,
        null::text as category
    from moved_layer as m
    union all
    select
        s.line_no,
        s.layer_event_id,
        s.place,
        s.from_place,
        s.k as owner_k,
        s.job,
        s.extra,
        s.cost_code,
        s.category
    from work_step as s
    where s.track = 'T' and s.k = s.owner_k
),

move as (
    select
        s.line_no,
        s.layer_event_id,
        s.place,
        s.k,
        case s.track when 'C' then -s.units else s.units end as units,
        case when s.track = 'T' then s.units else 0 end as units_moved
    from work_step as s
    inner join moved_layer as m on m.line_no = s.line_no and m.layer_event_id = s.layer_event_id
    where s.track in ('Q', 'C', 'T')
    union all
    select
        s.line_no,
        s.layer_event_id,
        s.from_place as place,
        s.k,
        -s.units as units,
        0 as units_moved
    from work_step as s
    where s.track = 'T'
),

-- What leaves the layer's value at a place: consumption, and what is rejected or returned from there.
spent as (
    select
        w.line_no,
        o.layer_event_id,
        o.place,
        w.k,
        w.amount_change as amount,
        w.amount_change as amount_consumed
    from work_share as w
    inner join work_step as o on o.line_no = w.line_no and o.k = w.owner_k
    inner join moved_layer as m on m.line_no = o.line_no and m.layer_event_id = o.layer_event_id
    where o.track = 'C'
    union all
    select
        l.line_no,
        l.layer_event_id,
        s.place,
        l.k,
        -l.amount_change as amount,
        0 as amount_consumed
    from work_layer as l
    inner join work_step as s on s.line_no = l.line_no and s.k = l.k
    inner join moved_layer as m on m.line_no = l.line_no and m.layer_event_id = l.layer_event_id
    where not l.is_spread and s.place <> ''
),

step as (
    select
        m.line_no,
        m.layer_event_id,
        m.k
    from move as m
    union
    select
        l.line_no,
        l.layer_event_id,
        l.k
    from work_layer as l
    inner join moved_layer as m on m.line_no = l.line_no and m.layer_event_id = l.layer_event_id
    union
    select
        s.line_no,
        s.layer_event_id,
        s.k
    from spent as s
),

standing as (
    select
        t.line_no,
        t.layer_event_id,
        t.k,
        p.place,
        p.owner_k,
        coalesce(u.units, 0) as units,
        coalesce(u.units_moved, 0) as units_moved,
        coalesce(a.amount, 0) as amount_spent,
        coalesce(a.amount_consumed, 0) as amount_consumed,
        coalesce(l.layer_amount, 0) as layer_amount
    from step as t
    inner join place as p on p.line_no = t.line_no and p.layer_event_id = t.layer_event_id and p.owner_k <= t.k
    left join work_layer as l
        on l.line_no = t.line_no and l.layer_event_id = t.layer_event_id and l.k <= t.k and t.k < l.next_k
    left join lateral (
        select
            sum(m.units) as units,
            sum(m.units_moved) as units_moved
        from move as m
        where
            m.line_no = t.line_no and m.layer_event_id = t.layer_event_id and m.place = p.place and m.k <= t.k
    ) as u on true
    left join lateral (
        select
            sum(s.amount) as amount,
            sum(s.amount_consumed) as amount_consumed
        from spent as s
        where
            s.line_no = t.line_no and s.layer_event_id = t.layer_event_id and s.place = p.place and s.k <= t.k
    ) as a on true
),

lying as (
    select
        s.*,
        s.layer_amount - sum(s.amount_consumed) over of_step as amount_left,
        sum(s.units) over of_step as units_left,
        sum(s.units) over (partition by s.line_no, s.layer_event_id, s.k order by s.owner_k) as units_up_to
    from standing as s
    window of_step as (partition by s.line_no, s.layer_event_id, s.k)
),

worth as (
    select
        l.line_no,
        l.layer_event_id,
        l.k,
        l.place,
        l.units_moved,
        l.amount_spent
        + ledger.layer_share(l.amount_left, l.units_left, l.units_up_to)
        - ledger.layer_share(l.amount_left, l.units_left, l.units_up_to - l.units) as amount
    from lying as l
),

-- What lies in a place that units went on to came through the places before it.
came_through as (
    select
        p.line_no,
        p.layer_event_id,
        p.place,
        p.place as through
    from place as p
    where p.place <> ''
    union all
    select
        c.line_no,
        c.layer_event_id,
        c.place,
        p.from_place as through
    from came_through as c
    inner join place as p
        on p.line_no = c.line_no and p.layer_event_id = c.layer_event_id and p.place = c.through
    where p.from_place <> ''
),

brought as (
    select
        c.line_no,
        c.layer_event_id,
        c.through as place,
        w.k,
        sum(w.amount) as amount,
        coalesce(sum(w.units_moved) filter (where c.place = c.through), 0) as units
    from worth as w
    inner join came_through as c
        on c.line_no = w.line_no and c.layer_event_id = w.layer_event_id and c.place = w.place
    group by c.line_no, c.layer_event_id, c.through, w.k
),

change as (
    select
        b.line_no,
        b.layer_event_id,
        b.place,
        b.k,
        b.units - lag(b.units, 1, 0::numeric) over by_place as units,
        b.amount - lag(b.amount, 1, 0::numeric) over by_place as amount
    from brought as b
    window by_place as (partition by b.line_no, b.layer_event_id, b.place order by b.k)
)

select
    c.line_no,
    c.k,
    p.owner_k,
    d.side * c.units as units_change,
    d.side * c.amount as amount_change,
    case when d.side > 0 then p.job else coalesce(f.job, r.job) end as job,
    case when d.side > 0 then p.extra else coalesce(f.extra, r.extra) end as extra,
    case when d.side > 0 then p.cost_code else coalesce(f.cost_code, r.cost_code) end as cost_code,
    case when d.side > 0 then p.category else coalesce(f.category, r.category) end as category
from change as c
cross join (values (1), (-1)) as d (side)
inner join place as p on p.line_no = c.line_no and p.layer_event_id = c.layer_event_id and p.place = c.place
inner join place as f on f.line_no = p.line_no and f.layer_event_id = p.layer_event_id and f.place = p.from_place
inner join work_step as r
    on r.line_no = c.line_no and r.event_id = c.layer_event_id and r.layer_event_id = c.layer_event_id and r.track = 'Q'
where c.units <> 0 or c.amount <> 0
