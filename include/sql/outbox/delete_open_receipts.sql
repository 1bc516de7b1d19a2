-- Drop confirmations that have not left and of which nothing is left to tell; one row per confirmation. Of several that
-- wait the newest takes what is due.
delete from outbox.receiving_confirmation as r
using work_confirmation as w
where
    r.company_id = %(company_id)s and r.event_id = w.event_id
    and r.commitment = w.commitment and r.item_number = w.item_number
    and r.state in ('eligible', 'held', 'rejected')
    and (w.units_due = 0 or r.difference_no <> w.open_no)
