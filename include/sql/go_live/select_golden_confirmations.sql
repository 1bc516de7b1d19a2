-- Receiving confirmations of the golden transaction; one row per event.
select
    c.event_id,
    c.units,
    c.state,
    coalesce(c.hold_reason, c.reject_reason, '') as reason
from outbox.receiving_confirmation as c
where c.company_id = %(company_id)s and c.event_id = any(%(event_ids)s)
