-- New receiving confirmations: tagged receipts (+), rejections and returns (-) and what undoes them; one row per event.
-- What a line was opened with happened before and is not told.
insert into outbox.receiving_confirmation (
    company_id,
    event_id,
    receipt_event_id,
    commitment,
    item_number,
    receipt_date,
    units,
    unit,
    standard_item,
    vendor,
    job
)
select
    m.company_id,
    m.event_id,
    case
        when m.event_type = 'received' then m.event_id
        when m.event_type = 'reversed' and o.event_type = 'received' then o.event_id
        else coalesce(o.receipt_event_id, m.receipt_event_id, t.layer_event_id, m.event_id)
    end as receipt_event_id,
    t.commitment,
    t.item_number,
    m.event_date as receipt_date,
    abs(coalesce(t.units, m.quantity))
    * case
        when m.event_type = 'received' then 1
        when m.event_type in ('rejected', 'returned') or o.event_type = 'received' then -1
        else 1
    end as units,
    coalesce(i.unit, m.unit) as unit,
    coalesce(i.standard_item, m.standard_item, '') as standard_item,
    coalesce(c.vendor, '') as vendor,
    coalesce(t.job, i.job, '') as job
from ledger.material_event as m
inner join ledger.event_tag as t on m.company_id = t.company_id and m.event_id = t.event_id
left join ledger.material_event as o on m.company_id = o.company_id and m.reverses_event_id = o.event_id
left join core.commitment_item as i
    on t.company_id = i.company_id and t.commitment = i.commitment and t.item_number = i.item_number
left join core.commitment as c on t.company_id = c.company_id and t.commitment = c.commitment
left join ledger.opening_balance as b
    on t.company_id = b.company_id and t.commitment = b.commitment and t.item_number = b.item_number
left join outbox.receiving_confirmation as r on m.company_id = r.company_id and m.event_id = r.event_id
where
    m.company_id = %(company_id)s
    and (
        m.event_type in ('received', 'rejected', 'returned')
        or (m.event_type = 'reversed' and o.event_type in ('received', 'rejected', 'returned'))
    )
    and t.status = 'tagged'
    and t.commitment is not null
    and t.item_number is not null
    and coalesce(t.units, m.quantity) <> 0
    and (b.opened_on is null or m.event_date >= b.opened_on)
    and r.event_id is null
