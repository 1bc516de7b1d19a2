-- Classes of material on which events wait because no mapping leads to codes; one row per company and class.
select
    e.company_id,
    e.material_class,
    count(*) as events,
    count(distinct e.job) as jobs,
    min(e.event_date) as first_day,
    max(e.event_date) as last_day
from ledger.mapped_event as e
where e.status = 'waiting' and (%(company_id)s = '' or e.company_id = %(company_id)s)
group by e.company_id, e.material_class
order by events desc, e.company_id asc, e.material_class asc
limit 100
