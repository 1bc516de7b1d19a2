-- Events that landed and were not valued yet, or lines touched since; one row when there are any.
select count(*) as lines
from (
    select t.event_id
    from ledger.event_tag as t
    where t.company_id = %(company_id)s and t.status = 'waiting' and t.rule = 'new'
    union all
    select t.commitment
    from ledger.touched_line as t
    where t.company_id = %(company_id)s
    group by t.commitment, t.item_number
) as unvalued
having count(*) > 0
