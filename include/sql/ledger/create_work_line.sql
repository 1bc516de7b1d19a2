-- The PO lines to value now: touched ones, lines of waiting events, and lines that share an item with draws that name
-- no line. One row per line; `component` groups lines whose draws must be walked together.
create temporary table work_line on commit drop as
with touched as (
    select
        company_id,
        commitment,
        item_number
    from work_touch
    union
    select
        company_id,
        commitment,
        item_number
    from ledger.event_tag
    where status = 'waiting' and commitment is not null and item_number is not null
),

pooled_item as (
    select
        w.company_id,
        w.standard_item,
        bool_or(w.status = 'waiting') as is_waiting
    from work_item as w
    where
        w.effect in ('allocate', 'deallocate', 'consume', 'give_back', 'transfer', 'transfer_back')
        -- A return names the transfer that brought what it takes.
        or w.is_named
    group by w.company_id, w.standard_item
),

pooled_line as (
    select
        i.company_id,
        i.commitment,
        i.item_number,
        i.standard_item
    from core.commitment_item as i
    inner join pooled_item as p on p.company_id = i.company_id and p.standard_item = i.standard_item
    where
        p.is_waiting
        or exists (
            select from touched as t
            inner join core.commitment_item as o
                on o.company_id = t.company_id and o.commitment = t.commitment and o.item_number = t.item_number
            where o.company_id = i.company_id and o.standard_item = i.standard_item
        )
),

lines as (
    select
        t.company_id,
        t.commitment,
        t.item_number
    from touched as t
    union
    select
        p.company_id,
        p.commitment,
        p.item_number
    from pooled_line as p
)

select
    row_number() over (order by i.company_id, i.commitment, i.item_number) as line_no,
    case
        when
            p.standard_item is not null
            then -dense_rank() over (order by i.company_id, p.standard_item)
        else row_number() over (order by i.company_id, i.commitment, i.item_number)
    end as component,
    i.company_id,
    i.commitment,
    i.item_number,
    i.standard_item,
    i.job,
    i.extra,
    i.cost_code,
    i.category,
    i.unit,
    v.units,
    v.unit_cost,
    v.amount,
    v.is_percent,
    c.commitment_date
from lines as l
inner join core.commitment_item as i
    on i.company_id = l.company_id and i.commitment = l.commitment and i.item_number = l.item_number
inner join core.priced_item as v
    on v.company_id = i.company_id and v.commitment = i.commitment and v.item_number = i.item_number
inner join core.commitment as c on c.company_id = i.company_id and c.commitment = i.commitment
left join pooled_line as p
    on p.company_id = i.company_id and p.commitment = i.commitment and p.item_number = i.item_number
