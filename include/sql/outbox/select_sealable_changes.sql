-- Eligible change orders in key order, each as its head and then its lines, as the texts that are written; streamed,
-- one row per line of the file.
with head as materialized (
    select w.*
    from outbox.change_order as w
    where w.company_id = %(company_id)s and w.state = 'eligible'
    order by w.commitment, w.change_id
    limit %(line_limit)s
)

select
    r.change_id,
    r.version_no,
    r.commitment,
    r.change_order,
    r.change_date,
    r.item_number,
    r.description,
    r.units,
    r.amount,
    r.reference
from (
    select
        h.change_id,
        h.version_no,
        h.commitment,
        h.reference as change_order,
        to_char(h.change_date, 'YYYY-MM-DD') as change_date,
        '' as item_number,
        h.description,
        '' as units,
        '' as amount,
        h.reference,
        0 as place
    from head as h
    union all
    select
        h.change_id,
        h.version_no,
        h.commitment,
        h.reference as change_order,
        to_char(h.change_date, 'YYYY-MM-DD') as change_date,
        l.item_number::text as item_number,
        l.description,
        l.units::text as units,
        l.amount::text as amount,
        l.reference,
        l.item_number as place
    from head as h
    inner join outbox.change_order_line as l on l.company_id = h.company_id and l.change_id = h.change_id
) as r
order by r.commitment, r.change_id, r.place
