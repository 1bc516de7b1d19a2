-- Heads and lines of our open change orders among given references, as a file sent before a restore may carry them; one
-- row per reference.
select
    w.reference,
    w.change_id,
    w.version_no,
    0::numeric(14, 2) as amount
from outbox.change_order as w
where w.company_id = %(company_id)s and w.reference = any(%(wanted)s::text[]) and w.state in ('eligible', 'held')
union all
select
    l.reference,
    w.change_id,
    w.version_no,
    l.amount
from outbox.change_order_line as l
inner join outbox.change_order as w on w.company_id = l.company_id and w.change_id = l.change_id
where l.company_id = %(company_id)s and l.reference = any(%(wanted)s::text[]) and w.state in ('eligible', 'held')
