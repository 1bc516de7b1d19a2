-- Keep what the gate said of a sealed file with its transfer; one row.
update audit.transfer as t
set validation = %(validation)s
from outbox.batch as b
where
    b.company_id = %(company_id)s
    and b.batch_id = %(batch_id)s
    and t.company_id = b.company_id
    and t.direction = 'out'
    and t.flow = b.flow
    and t.environment = b.environment
    and t.seq = b.seq
    and t.rev = b.rev
    and t.sha256 = b.sha256
