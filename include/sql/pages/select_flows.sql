-- What the diagram of the data flows shows; one row per company and flow that ever carried a file, with its newest.
with newest as (
    select distinct on (t.company_id, t.direction, t.flow)
        t.company_id,
        t.direction,
        t.flow,
        t.state as newest_state,
        t.file_name as newest_file,
        t.reason as newest_reason
    from mart.transfer as t
    order by t.company_id asc, t.direction asc, t.flow asc, t.started_at desc, t.seq desc, t.rev desc
),

counted as (
    select
        t.company_id,
        t.direction,
        t.flow,
        count(*) as files,
        max(t.finished_at) filter (where t.state in (
            'landed', 'duplicate', 'sent', 'received', 'accepted', 'part', 'posted'
        )) as succeeded_at,
        coalesce(sum(t.rows) filter (where t.started_at > now() - interval '1 day'), 0) as rows_of_a_day,
        count(*) filter (where t.state in (
            'parked', 'refused', 'waiting_approval', 'quarantined', 'unknown', 'rejected'
        )) as files_stopped
    from mart.transfer as t
    group by t.company_id, t.direction, t.flow
)

select
    c.company_id,
    y.company_name,
    c.direction,
    c.flow,
    c.files,
    c.succeeded_at,
    now() - c.succeeded_at as since_success,
    c.rows_of_a_day,
    c.files_stopped,
    n.newest_state,
    n.newest_file,
    n.newest_reason
from counted as c
inner join newest as n on n.company_id = c.company_id and n.direction = c.direction and n.flow = c.flow
inner join core.company as y on y.company_id = c.company_id
order by c.company_id, c.direction, c.flow
