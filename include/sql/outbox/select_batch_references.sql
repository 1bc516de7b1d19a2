-- References of a file's lines in file order; one row per line.
select l.reference
from outbox.batch_line as l
where l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
order by l.line_number
