-- AP rows of a company on PO lines, for what their price means; one row per AP row. bill: vendor and invoice. Of a line
-- that was opened, what was billed before is one bill of the day before; with units and money or, without units, money.
create temporary table price_row on commit drop as
select
    r.commitment,
    r.item_number,
    r.vendor || E'\x1f' || r.invoice as bill,
    r.transaction_date as day,
    r.units,
    r.amount
from outbox.mirrored_ap_row as r
left join ledger.opening_balance as o
    on o.company_id = r.company_id and o.commitment = r.commitment and o.item_number = r.item_number
where r.company_id = %(company_id)s and (o.opened_on is null or r.transaction_date >= o.opened_on)
union all
select
    o.commitment,
    o.item_number,
    '' as bill,
    o.opened_on - 1 as day,
    o.units_invoiced as units,
    o.amount_invoiced as amount
from ledger.opening_balance as o
where o.company_id = %(company_id)s and (o.units_invoiced <> 0 or o.amount_invoiced <> 0)
