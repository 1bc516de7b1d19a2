-- State of a file; one row.
select b.state
from outbox.batch as b
where b.batch_id = %(batch_id)s
