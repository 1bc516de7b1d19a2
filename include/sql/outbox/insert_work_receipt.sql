-- Take the marks of touched events; one row per event. Marks that are committed from now on stay for the next time.
with taken as (
    delete from outbox.touched_receipt as t
    where t.company_id = %(company_id)s
    returning t.event_id
)

insert into work_receipt (event_id)
select distinct t.event_id
from taken as t
