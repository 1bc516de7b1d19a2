-- How the lanes of a company stand; one row per lane.
select
    c.flow,
    c.environment,
    c.last_seq,
    c.is_locked,
    c.lock_reason,
    count(b.batch_id) filter (where b.state = 'sealed') as sealed,
    count(b.batch_id) filter (where b.state in ('sending', 'sent', 'received')) as under_way,
    count(b.batch_id) filter (where b.state = 'unknown') as unknown
from outbox.file_counter as c
left join outbox.batch as b
    on b.company_id = c.company_id and b.flow = c.flow and b.environment = c.environment
where c.company_id = %(company_id)s
group by c.flow, c.environment, c.last_seq, c.is_locked, c.lock_reason
order by c.flow, c.environment
