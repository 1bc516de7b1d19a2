-- Close the exceptions about rows of transfers that a later one replaced: rows that are still broken stand under the
-- later transfer now.
update audit.exception as x
set closed_at = now(), closed_by = 'superseded by number ' || %(seq)s || ', version ' || %(rev)s
from audit.transfer as t
where
    t.company_id = x.company_id and t.transfer_id = x.transfer_id
    and t.company_id = %(company_id)s
    and t.environment = %(environment)s
    and t.flow = %(flow)s
    and t.direction = 'in'
    and t.state = 'superseded'
    and x.company_id = t.company_id
    and x.record_kind = case t.flow when 'EVENT' then 'event_document' else t.flow end
    and x.closed_at is null
