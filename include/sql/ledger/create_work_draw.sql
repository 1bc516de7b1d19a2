-- What moves on each layer, for components where every draw names its layer, none is too large and nothing is given
-- back: one row per event. track: Q units of the layer, A allocated, C consumed; owner and part = the draw whose units
-- change.
-- The other components are walked event by event (sage_bridge.layers), which fills the same table.
create temporary table work_draw on commit drop as
with moves as (
    select
        e.line_no,
        e.component,
        e.event_id,
        e.layer_event_id,
        e.effect,
        e.close_count,
        e.occurred_at,
        e.rank,
        e.source,
        e.is_off_line,
        case e.effect when 'receipt' then e.quantity when 'cut' then -e.quantity else 0 end as units_layer,
        case e.effect when 'allocate' then e.quantity else 0 end as units_allocated,
        case e.effect when 'consume' then e.quantity else 0 end as units_consumed
    from work_event as e
    where e.rule is null
),

running as (
    select
        m.component,
        m.effect,
        m.source,
        m.layer_event_id,
        -- Consumption goes over the codes of all allocations, not of the last one alone.
        bool_or(m.effect = 'allocate' and m.is_off_line) over canonical as has_off_line,
        sum(m.units_layer) over canonical as layer_units,
        sum(m.units_allocated) over canonical as allocated_units,
        sum(m.units_consumed) over canonical as consumed_units
    from moves as m
    window canonical as (
        -- Ids are a company's own: another one at work may have the same.
        partition by m.component, m.layer_event_id
        order by m.close_count, m.occurred_at, m.rank, m.event_id collate "C"
    )
),

walked as (
    select distinct r.component
    from running as r
    where
        r.component < 0
        or r.layer_event_id is null
        or r.effect in ('add', 'deallocate', 'give_back', 'transfer', 'transfer_back')
        or r.consumed_units > r.layer_units
        or (r.effect = 'allocate' and r.allocated_units > r.layer_units)
        or (r.effect = 'consume' and r.source <> 'event' and r.has_off_line)
)

select
    m.line_no,
    m.component,
    m.event_id,
    m.layer_event_id,
    m.event_id as owner_event_id,
    1 as part,
    case m.effect when 'allocate' then 'A' when 'consume' then 'C' else 'Q' end as track,
    m.units_layer + m.units_allocated + m.units_consumed as units,
    null::text as job,
    null::text as extra,
    null::text as cost_code,
    null::text as category,
    '' as place,
    '' as from_place,
    null::text as source
from moves as m
where
    not exists (
        select from walked as w
        where w.component = m.component
    )
