-- Store the intent to send a file, under a lease of this worker, before its first byte leaves; one row, or none.
-- A file in `sending` is taken over when its worker is dead (its session lock is free) or its lease has run out.
with before as (
    select
        b.company_id,
        b.batch_id,
        b.state
    from outbox.batch as b
    where
        b.company_id = %(company_id)s and b.batch_id = %(batch_id)s
        and (
            b.state = 'sealed'
            or (b.state = 'sending' and (%(has_session_lock)s::boolean or b.lease_until < clock_timestamp()))
        )
    for update
),

claimed as (
    update outbox.batch as b
    set
        state = 'sending',
        lease_token = %(token)s::uuid,
        lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
        sending_at = coalesce(b.sending_at, clock_timestamp())
    from before as f
    where b.company_id = f.company_id and b.batch_id = f.batch_id
    returning
        b.batch_id, b.company_id, b.flow, b.environment, b.seq, b.rev, b.file_name, b.content, b.manifest, b.sha256,
        b.row_count, coalesce(b.evidence ->> 'renaming_token', '') as renaming_token,
        b.sending_at < clock_timestamp() - make_interval(days => %(kept_days)s) as is_overdue
),

logged as (
    insert into outbox.state_log (company_id, batch_id, state_from, state_to, evidence)
    select
        f.company_id,
        f.batch_id,
        f.state as state_from,
        'sending' as state_to,
        jsonb_build_object('token', %(token)s::text) as evidence
    from before as f
)

select
    c.*,
    f.state as state_before
from claimed as c
inner join before as f on c.batch_id = f.batch_id
