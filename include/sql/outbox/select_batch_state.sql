-- State of a file; one row.
select b.state
from outbox.batch as b
where b.company_id = %(company_id)s and b.batch_id = %(batch_id)s
