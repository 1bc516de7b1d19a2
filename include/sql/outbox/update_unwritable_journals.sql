-- Keep back lines with a value Sage cannot take, with the sentence that says which; one row per line.
update outbox.journal_line as p
set
    state = 'held',
    hold_rule = 'unwritable_line',
    hold_reason = u.reason
from unnest(%(line_ids)s::bigint[], %(reasons)s::text[]) as u (line_id, reason)
where p.company_id = %(company_id)s and p.line_id = u.line_id and p.state = 'eligible'
