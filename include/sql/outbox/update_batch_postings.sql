-- Bring the cost lines of a file to the file's state with the time of it; touches lines not yet answered.
update outbox.cost_posting as p
set
    state = %(state)s,
    sealed_at = case when %(state)s = 'sealed' then now() else p.sealed_at end,
    sent_at = case
        when %(state)s in ('sent', 'received') then coalesce(p.sent_at, clock_timestamp()) else p.sent_at
    end,
    received_at = case when %(state)s = 'received' then clock_timestamp() else p.received_at end
from outbox.batch_line as l
where
    l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
    and p.company_id = l.company_id and p.posting_id = l.posting_id
    and p.version_no = l.version_no
    and l.result is null
    and p.state not in ('posted', 'reversed')
