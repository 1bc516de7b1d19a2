-- Events of the components in which something was said in a unit that four places of the line's cannot hold, in
-- canonical order within each component; streamed, one row per event. numerator null = said in the line's own unit.
select
    c.component,
    c.company_id,
    c.event_id,
    c.effect,
    c.line_no,
    c.said_quantity,
    c.numerator,
    c.denominator,
    c.quantity,
    coalesce(c.owner_event_id, nullif(c.layer_event_id, c.event_id)) as names
from work_candidate as c
where
    c.unit_rule is null
    and exists (
        select from work_candidate as f
        where f.component = c.component and f.is_fraction
    )
order by c.component, c.close_count, c.occurred_at, c.rank, c.event_id collate "C"
