-- The last batch of each of so many ranges with about as many events; one row per range but the last.
with counted as (
    select
        h.batch,
        sum(h.event_count) over (order by h.batch) as events,
        sum(h.event_count) over () as all_events
    from audit.chain_head as h
)

select min(c.batch) as batch
from counted as c
cross join generate_series(1, %(ranges)s::integer - 1) as r
where c.all_events > 0 and c.events * %(ranges)s::integer >= c.all_events * r
group by r
order by batch
