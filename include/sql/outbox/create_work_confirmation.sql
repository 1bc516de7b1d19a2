-- What Sage's side is still to be told of the events of `work_receipt`: target - told so far, per event and PO line;
-- one row where what waits to be told is something else. The target is what the event moves: tagged receipts (+),
-- rejections and returns (-) and what undoes them; nothing of an event that waits. What a line was opened with happened
-- before and is not told.
create temporary table work_confirmation on commit drop as
with receiving as (
    select
        m.company_id,
        m.event_id,
        m.event_date,
        m.quantity,
        m.unit,
        m.standard_item,
        m.job as said_job,
        t.commitment,
        t.item_number,
        t.units,
        t.job,
        case
            when m.event_type = 'received' then m.event_id
            when m.event_type = 'reversed' and o.event_type = 'received' then o.event_id
            else coalesce(o.receipt_event_id, m.receipt_event_id, t.layer_event_id, m.event_id)
        end as receipt_event_id,
        case
            when m.event_type = 'received' then 1
            when m.event_type in ('rejected', 'returned') or o.event_type = 'received' then -1
            else 1
        end as side
    from work_receipt as w
    inner join ledger.material_event as m on m.company_id = %(company_id)s and m.event_id = w.event_id
    inner join ledger.event_tag as t on m.company_id = t.company_id and m.event_id = t.event_id
    left join ledger.material_event as o on m.company_id = o.company_id and m.reverses_event_id = o.event_id
    where
        (
            m.event_type in ('received', 'rejected', 'returned')
            or (m.event_type = 'reversed' and o.event_type in ('received', 'rejected', 'returned'))
        )
        and t.status = 'tagged'
),

target as (
    select
        r.event_id,
        r.receipt_event_id,
        r.event_date,
        r.commitment,
        r.item_number,
        r.unit,
        r.standard_item,
        r.job,
        r.side * abs(coalesce(r.units, r.quantity)) as units
    from receiving as r
    where r.commitment is not null and r.item_number is not null
    union all
    -- What names no PO line, because it names a transfer by place, takes from the lines of the layers it came from.
    select
        r.event_id,
        r.receipt_event_id,
        r.event_date,
        v.commitment,
        v.item_number,
        r.unit,
        r.standard_item,
        r.job,
        v.units
    from receiving as r
    inner join lateral (
        select
            e.commitment,
            e.item_number,
            sum(e.units) as units
        from ledger.value_entry as e
        where e.company_id = r.company_id and e.event_id = r.event_id and e.measure = 'received'
        group by e.commitment, e.item_number
    ) as v on true
    where r.commitment is null
),

wanted as (
    select
        t.event_id,
        t.receipt_event_id,
        t.commitment,
        t.item_number,
        t.event_date as receipt_date,
        t.units,
        coalesce(i.unit, t.unit) as unit,
        coalesce(i.standard_item, t.standard_item, '') as standard_item,
        coalesce(c.vendor, '') as vendor,
        coalesce(t.job, i.job, '') as job
    from target as t
    left join core.commitment_item as i
        on i.company_id = %(company_id)s and t.commitment = i.commitment and t.item_number = i.item_number
    left join core.commitment as c on c.company_id = %(company_id)s and t.commitment = c.commitment
    left join ledger.opening_balance as b
        on b.company_id = %(company_id)s and t.commitment = b.commitment and t.item_number = b.item_number
    where t.units <> 0 and (b.opened_on is null or t.event_date >= b.opened_on)
),

told as (
    select
        r.event_id,
        r.commitment,
        r.item_number,
        coalesce(sum(r.units) filter (where r.state not in ('eligible', 'held', 'rejected')), 0) as units_told,
        coalesce(sum(r.units) filter (where r.state in ('eligible', 'held', 'rejected')), 0) as units_open,
        max(r.difference_no) filter (where r.state in ('eligible', 'held', 'rejected')) as open_no,
        max(r.difference_no) as last_no
    from work_receipt as w
    inner join outbox.receiving_confirmation as r on r.company_id = %(company_id)s and r.event_id = w.event_id
    group by r.event_id, r.commitment, r.item_number
)

select
    coalesce(w.event_id, r.event_id) as event_id,
    coalesce(w.commitment, r.commitment) as commitment,
    coalesce(w.item_number, r.item_number) as item_number,
    coalesce(w.receipt_event_id, l.receipt_event_id) as receipt_event_id,
    coalesce(w.receipt_date, l.receipt_date) as receipt_date,
    coalesce(w.unit, l.unit) as unit,
    coalesce(w.standard_item, l.standard_item) as standard_item,
    coalesce(w.vendor, l.vendor) as vendor,
    coalesce(w.job, l.job) as job,
    coalesce(w.units, 0) - coalesce(r.units_told, 0) as units_due,
    r.open_no
from wanted as w
full join told as r on r.event_id = w.event_id and r.commitment = w.commitment and r.item_number = w.item_number
left join outbox.receiving_confirmation as l
    on l.company_id = %(company_id)s and l.event_id = r.event_id and l.difference_no = r.last_no
where coalesce(w.units, 0) - coalesce(r.units_told, 0) <> coalesce(r.units_open, 0)
