-- AP rows of a company on PO lines, for what their price means; one row per AP row.
create temporary table price_row on commit drop as
select
    r.commitment,
    r.item_number,
    r.bill,
    r.day,
    r.units,
    r.amount,
    r.is_without_units
from ledger.billed_row as r
where r.company_id = %(company_id)s
