-- Take the turn of a data flow for the companies that are due; one row per company that has the flow on, with when it
-- is next. A person is always obeyed, the clock where the rhythm says so. What arrives is taken at once, unless the
-- flow is on demand; what goes out waits for its rhythm.
with asked as (
    select
        f.company_id,
        f.rhythm,
        core.next_flow_slot(f.rhythm, f.time_zone, %(now)s) as next_due_at,
        f.rhythm <> 'on demand'
        and (
            coalesce(t.started_at < core.flow_slot(f.rhythm, f.time_zone, %(now)s), true)
            or (%(started_by)s = 'arrival' and (f.direction like '%%_to_core' or f.rhythm = 'continuous'))
        )
        or %(started_by)s = 'person' as is_due
    from core.data_flow as f
    left join audit.flow_turn as t on t.company_id = f.company_id and t.flow = %(turn)s
    where f.flow = %(flow)s and f.is_on and (%(company_id)s::text is null or f.company_id = %(company_id)s)
),

turned as (
    insert into audit.flow_turn as kept (company_id, flow, started_at, started_by)
    select
        a.company_id,
        %(turn)s,
        %(now)s::timestamptz,
        %(started_by)s
    from asked as a
    where a.is_due
    on conflict (company_id, flow) do update set
        started_at = excluded.started_at,
        started_by = excluded.started_by
)

select
    a.company_id,
    a.is_due,
    a.rhythm,
    a.next_due_at
from asked as a
order by a.company_id
