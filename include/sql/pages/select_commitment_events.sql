-- Material events of one commitment, or of one of its lines (0 = all), newest first; one row per event.
select
    e.event_id,
    e.event_type,
    e.occurred_at,
    e.event_date,
    coalesce(t.item_number, e.item_number) as item_number,
    e.location,
    e.quantity as units_recorded,
    e.unit,
    e.actor,
    t.status as tag_status,
    t.rule as tag_rule,
    w.amount,
    count(*) over () as total
from ledger.material_event as e
inner join ledger.event_tag as t on t.company_id = e.company_id and t.event_id = e.event_id
left join lateral (
    select sum(v.amount) as amount
    from ledger.value_entry as v
    where v.company_id = e.company_id and v.event_id = e.event_id
) as w on true
where
    e.company_id = %(company_id)s and t.commitment = %(commitment)s
    and (%(item_number)s = 0 or t.item_number = %(item_number)s)
order by e.occurred_at desc, e.event_id asc
limit %(page_rows)s offset %(rows_before)s
