-- Bring the receiving confirmations of a file to the file's state with the time of it; touches lines not yet answered.
update outbox.receiving_confirmation as r
set
    state = %(state)s,
    sealed_at = case when %(state)s = 'sealed' then now() else r.sealed_at end,
    sent_at = case
        when %(state)s in ('sent', 'received') then coalesce(r.sent_at, clock_timestamp()) else r.sent_at
    end,
    received_at = case when %(state)s = 'received' then clock_timestamp() else r.received_at end
from outbox.batch_line as l
where
    l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
    and r.company_id = l.company_id
    and r.reference = l.event_id
    and r.version_no = l.version_no
    and l.result is null
