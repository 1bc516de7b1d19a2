-- Move a file from a state to the next with its evidence and log it; one row, none when it stands elsewhere by now.
with before as (
    select
        b.company_id,
        b.batch_id,
        b.state
    from outbox.batch as b
    where
        b.company_id = %(company_id)s and b.batch_id = %(batch_id)s
        and b.state = any(%(states_from)s::text[])
        and (%(token)s::uuid is null or b.lease_token = %(token)s::uuid)
    for update
),

moved as (
    update outbox.batch as b
    set
        state = %(state)s,
        lease_token = null,
        lease_until = null,
        evidence = b.evidence || %(evidence)s::jsonb,
        sent_at = case
            when %(state)s in ('sent', 'received', 'accepted', 'part', 'rejected')
                then coalesce(b.sent_at, clock_timestamp())
            else b.sent_at
        end,
        received_at = case when %(state)s = 'received' then clock_timestamp() else b.received_at end,
        answered_at = case
            when %(state)s in ('accepted', 'part', 'rejected') then clock_timestamp() else b.answered_at
        end,
        posted_at = case when %(state)s = 'posted' then clock_timestamp() else b.posted_at end
    from before as f
    where b.company_id = f.company_id and b.batch_id = f.batch_id
    returning b.batch_id, b.company_id, b.flow, b.environment, b.seq, b.rev, b.sha256
),

answered as (
    select
        l.batch_id,
        count(*) filter (where l.result = 'ACCEPTED') as rows_accepted,
        count(*) filter (where l.result = 'REJECTED') as rows_rejected
    from moved as m
    inner join outbox.batch_line as l on l.company_id = m.company_id and l.batch_id = m.batch_id
    where %(state)s in ('accepted', 'part', 'rejected', 'posted')
    group by l.batch_id
),

shown as (
    update audit.transfer as t
    set
        state = %(state)s,
        reason = coalesce(%(evidence)s::jsonb ->> 'reason', t.reason),
        rows_landed = coalesce(c.rows_accepted, t.rows_landed),
        rows_quarantined = coalesce(c.rows_rejected, t.rows_quarantined),
        finished_at = case
            when %(state)s in ('accepted', 'part', 'rejected', 'posted', 'unknown') then clock_timestamp()
            else t.finished_at
        end
    from moved as m
    left join answered as c on c.batch_id = m.batch_id
    where
        t.company_id = m.company_id and t.direction = 'out' and t.flow = m.flow and t.environment = m.environment
        and t.seq = m.seq and t.rev = m.rev and t.sha256 = m.sha256
)

insert into outbox.state_log (company_id, batch_id, state_from, state_to, evidence)
select
    f.company_id,
    f.batch_id,
    f.state as state_from,
    %(state)s as state_to,
    %(evidence)s::jsonb as evidence
from before as f
