-- Lanes with a file to send that nothing bars: no unknown outcome, no lock, none waiting for its ack; one row per lane.
select distinct b.flow
from outbox.batch as b
inner join outbox.file_counter as c
    on b.company_id = c.company_id and b.flow = c.flow and b.environment = c.environment
where
    b.company_id = %(company_id)s
    and b.state in ('sealed', 'sending')
    and not c.is_locked
    and not exists (
        select
        from outbox.batch as o
        where
            o.company_id = b.company_id
            and o.flow = b.flow
            and o.environment = b.environment
            and (o.state = 'unknown' or (o.state = 'sent' and o.flow <> 'RCV'))
    )
order by b.flow
