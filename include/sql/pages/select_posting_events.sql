-- Material events whose value one posting carries; one row per value entry.
select
    v.event_id,
    e.event_type,
    e.event_date,
    v.measure,
    l.times * v.units as units,
    l.times * v.amount as amount,
    count(*) over () as total
from outbox.cost_posting as p
inner join outbox.posting_entry as l on l.company_id = p.company_id and l.posting_id = p.posting_id
inner join ledger.value_entry as v on v.company_id = l.company_id and v.entry_id = l.entry_id
inner join ledger.material_event as e on e.company_id = v.company_id and e.event_id = v.event_id
where p.company_id = %(company_id)s and p.posting_reference = %(posting_reference)s
order by v.entry_id
limit %(page_rows)s offset %(rows_before)s
