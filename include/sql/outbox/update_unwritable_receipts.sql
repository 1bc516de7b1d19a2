-- Keep back confirmations with a value Sage cannot take, with the sentence that says which; one row per event.
update outbox.receiving_confirmation as r
set
    state = 'held',
    hold_rule = 'unwritable_line',
    hold_reason = u.reason
from unnest(%(event_ids)s::text[], %(reasons)s::text[]) as u (event_id, reason)
where r.company_id = %(company_id)s and r.reference = u.event_id and r.state = 'eligible'
