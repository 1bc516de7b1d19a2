-- Confirmations that have not left say what is due now; one row per confirmation.
update outbox.receiving_confirmation as r
set
    units = w.units_due,
    receipt_date = w.receipt_date,
    unit = w.unit,
    standard_item = w.standard_item
from work_confirmation as w
where
    r.company_id = %(company_id)s and r.event_id = w.event_id and r.difference_no = w.open_no
    and w.units_due <> 0
