-- AP rows of a company on PO lines, for what their price means; one row per AP row. bill: vendor and invoice.
create temporary table price_row on commit drop as
select
    r.commitment,
    r.item_number,
    r.vendor || E'\x1f' || r.invoice as bill,
    r.transaction_date as day,
    r.units,
    r.amount
from outbox.mirrored_ap_row as r
where r.company_id = %(company_id)s
