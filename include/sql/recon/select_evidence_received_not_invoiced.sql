-- Evidence: PO lines on which receipts and invoices differed at the month's end, by age; one row per line, the oldest
-- first.
-- amount: received and not invoiced at PO cost, negative = invoiced and not received at the invoice's price.
select
    r.commitment,
    r.item_number,
    r.vendor,
    r.vendor_name,
    r.standard_item,
    r.item_name,
    r.job,
    r.extra,
    r.cost_code,
    r.category,
    r.units_received_not_invoiced,
    r.amount_received_not_invoiced,
    r.amount_0_to_30_days,
    r.amount_31_to_60_days,
    r.amount_61_to_90_days,
    r.amount_over_90_days,
    r.oldest_receipt_date,
    r.oldest_invoice_date,
    r.expected_date,
    r.is_overdue,
    r.amount_released,
    r.amount_to_release,
    r.owner,
    r.cause
from mart.received_not_invoiced_at(%(company_id)s, %(period_end)s) as r
order by least(r.oldest_receipt_date, r.oldest_invoice_date), r.commitment, r.item_number
