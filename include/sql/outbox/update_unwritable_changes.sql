-- Keep back change orders with a value Sage cannot take, with the sentence that says which; one row per change order.
update outbox.change_order as w
set
    state = 'held',
    hold_rule = 'unwritable_line',
    hold_reason = u.reason
from unnest(%(change_ids)s::bigint[], %(reasons)s::text[]) as u (change_id, reason)
where w.company_id = %(company_id)s and w.change_id = u.change_id and w.state = 'eligible'
