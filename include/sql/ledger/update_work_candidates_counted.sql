-- Let events count as the quantities worked out for them.
update work_candidate as c
set quantity = q.quantity
from work_quantity as q
where c.company_id = q.company_id and c.event_id = q.event_id
