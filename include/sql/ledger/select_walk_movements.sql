-- Events of the components that need the walk, in canonical order within each component; streamed, one row per event.
with rounded as (
    select distinct c.component
    from work_candidate as c
    where c.is_fraction
)

select
    e.component,
    e.event_id,
    e.event_type,
    e.effect,
    e.quantity,
    e.line_no,
    e.layer_event_id,
    e.owner_event_id,
    e.source,
    e.said_job as wanted_job,
    e.said_cost_code as wanted_cost_code,
    coalesce(e.standard_item, '') as standard_item,
    e.location,
    e.to_job,
    e.to_location,
    e.job,
    e.extra,
    e.cost_code,
    e.category,
    e.line_job,
    e.line_extra,
    e.line_cost_code,
    e.line_category,
    m.mapped,
    r.component is not null as is_rounded
from work_event as e
left join work_mapping as m on m.component = e.component and m.event_id = e.event_id
left join rounded as r on r.component = e.component
where
    e.rule is null
    and not exists (
        select from work_draw as d
        where d.component = e.component
    )
order by e.component, e.close_count, e.occurred_at, e.rank, e.event_id collate "C"
