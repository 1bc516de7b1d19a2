-- Keep back lines with a value Sage cannot take, with the sentence that says which; one row per line.
update outbox.cost_posting as p
set
    state = 'held',
    hold_rule = 'unwritable_line',
    hold_reason = u.reason
from unnest(%(posting_ids)s::bigint[], %(reasons)s::text[]) as u (posting_id, reason)
where p.company_id = %(company_id)s and p.posting_id = u.posting_id and p.state = 'eligible'
