-- Events of one company and month that became known after its sign-off, greatest first; one row per event.
select
    e.event_id,
    e.event_date,
    e.amount,
    w.landed_at,
    w.event_type
from recon.subsequent_event(%(company_id)s) as e
inner join ledger.material_event as w on w.company_id = %(company_id)s and w.event_id = e.event_id
where e.period = %(period)s
order by e.amount desc, e.event_id asc
limit 50
