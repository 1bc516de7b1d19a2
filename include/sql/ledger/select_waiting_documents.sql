-- What waits in the live inbox: its newest number (0 = nothing), and whether it can be left to a task that listens,
-- which has 5 seconds for it (HEARD_SECONDS of the trigger); one row.
select
    coalesce(max(i.inbox_id), 0) as newest,
    coalesce(min(i.inserted_at) > now() - interval '5 seconds', false)
    and not pg_try_advisory_xact_lock_shared(hashtext('sage-bridge listener')) as is_heard
from ledger.event_inbox as i
where i.taken_at is null
