-- An event that took a few ten-thousandths less than it counts as, because sums that were rounded apart left no more,
-- counts as what it took.
with taken as (
    select
        d.component,
        d.event_id,
        sum(abs(d.units)) as units
    from work_draw as d
    where
        d.component in (
            select c.component from work_candidate as c
            where c.is_fraction
        )
    group by d.component, d.event_id
)

update work_event as e
set quantity = t.units
from taken as t
where t.component = e.component and t.event_id = e.event_id and e.rule is null and t.units <> e.quantity
