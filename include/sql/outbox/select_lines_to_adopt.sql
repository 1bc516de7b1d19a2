-- Our open cost lines among given references, as a file sent before a restore may carry them; one row per line.
select
    p.posting_reference as reference,
    p.posting_id,
    p.version_no,
    p.amount
from outbox.cost_posting as p
where
    p.company_id = %(company_id)s
    and p.posting_reference = any(%(wanted)s::text[])
    and p.state in ('eligible', 'held')
