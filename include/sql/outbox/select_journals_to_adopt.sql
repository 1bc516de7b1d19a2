-- Our open journal lines among given references, as a file sent before a restore may carry them; one row per line.
select
    l.reference,
    l.line_id as journal_line_id,
    l.version_no,
    l.amount
from outbox.journal_line as l
where l.company_id = %(company_id)s and l.reference = any(%(wanted)s::text[]) and l.state in ('eligible', 'held')
