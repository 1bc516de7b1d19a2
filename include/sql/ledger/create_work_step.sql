-- Everything that moves a line's units, draws or unit cost, numbered in canonical order (domain 4); one row per step.
-- Within an event: in the order in which it took from layers, first in first out; what is given back, last first.
-- owner_k: the step that made the draw whose units change. track: Q layer units, A allocated, C consumed, P new unit
-- cost, T moved to another place; numerator / denominator = the unit cost in force at the step.
create temporary table work_step on commit drop as
with moves as (
    select
        d.line_no,
        d.track,
        d.event_id,
        d.layer_event_id,
        d.owner_event_id,
        d.part,
        d.units,
        d.place,
        d.from_place,
        null::text as change_order,
        e.event_date as entry_date,
        e.close_count,
        e.occurred_at,
        e.rank,
        case d.track
            when 'Q' then 'received' when 'A' then 'allocated' when 'T' then 'transferred' when 'C' then
                case when o.event_type in ('wasted', 'counted') then 'wasted' else 'installed' end
        end as measure,
        case
            when d.track = 'Q' and e.source = 'event' then e.job when d.track = 'Q' then coalesce(d.job, r.job)
            else coalesce(d.job, o.job)
        end as job,
        case
            when d.track = 'Q' and e.source = 'event' then e.extra when d.track = 'Q' then coalesce(d.extra, r.extra)
            else coalesce(d.extra, o.extra)
        end as extra,
        case
            when d.track = 'Q' and e.source = 'event' then e.cost_code when
                d.track = 'Q'
                then coalesce(d.cost_code, r.cost_code)
            else coalesce(d.cost_code, o.cost_code)
        end as cost_code,
        case
            when d.track = 'Q' and e.source = 'event' then e.category when
                d.track = 'Q'
                then coalesce(d.category, r.category)
            else coalesce(d.category, o.category)
        end as category
    from work_draw as d
    inner join work_event as e on e.component = d.component and e.event_id = d.event_id
    inner join work_event as o on o.component = d.component and o.event_id = d.owner_event_id
    inner join work_event as r on r.component = d.component and r.event_id = d.layer_event_id
    union all
    select
        c.line_no,
        'P' as track,
        null as event_id,
        null as layer_event_id,
        null as owner_event_id,
        0 as part,
        0 as units,
        '' as place,
        '' as from_place,
        c.change_order,
        c.change_date as entry_date,
        c.close_count,
        c.approved_at as occurred_at,
        0 as rank,
        null as measure,
        null as job,
        null as extra,
        null as cost_code,
        null as category
    from work_cost as c
    where c.seg > 0
),

numbered as (
    select
        m.*,
        row_number() over canonical as k,
        count(*) filter (where m.track = 'P') over canonical as seg
    from moves as m
    window canonical as (
        partition by m.line_no
        order by
            m.close_count, m.occurred_at, m.rank, lpad(m.change_order, 10, '0') collate "C", m.event_id collate "C",
            case when m.track = 'Q' and m.units > 0 then -m.part else m.part end,
            m.layer_event_id collate "C", m.owner_event_id collate "C"
        rows unbounded preceding
    )
)

select
    n.line_no,
    n.k,
    n.track,
    n.event_id,
    n.layer_event_id,
    min(n.k) over (
        partition by n.line_no, n.track, n.layer_event_id, n.owner_event_id, n.part
    ) as owner_k,
    n.units,
    n.place,
    n.from_place,
    n.change_order,
    n.entry_date,
    n.measure,
    n.job,
    n.extra,
    n.cost_code,
    n.category,
    c.numerator,
    c.denominator,
    n.track = 'P' and c.is_new_cost as is_new_cost
from numbered as n
inner join work_cost as c on c.line_no = n.line_no and c.seg = n.seg
