-- Bring the change orders of a file to the file's state with the time of it; touches those not yet answered; one row
-- per change order.
update outbox.change_order as w
set
    state = %(state)s,
    sealed_at = case when %(state)s = 'sealed' then now() else w.sealed_at end,
    sent_at = case
        when %(state)s in ('sent', 'received') then coalesce(w.sent_at, clock_timestamp()) else w.sent_at
    end,
    received_at = case when %(state)s = 'received' then clock_timestamp() else w.received_at end
from outbox.batch_line as l
where
    l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
    and w.company_id = l.company_id and w.change_id = l.change_id
    and w.reference = l.reference
    and w.version_no = l.version_no
    and l.result is null
    and w.state not in ('posted', 'reversed')
