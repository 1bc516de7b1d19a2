-- Eligible receiving confirmations, oldest receipt first, as the texts that are written; streamed, one row per event.
select
    r.reference,
    r.version_no,
    r.commitment,
    r.item_number::text as item_number,
    to_char(r.receipt_date, 'YYYY-MM-DD') as receipt_date,
    r.units::text as units,
    r.unit,
    r.standard_item,
    r.vendor,
    r.job
from outbox.receiving_confirmation as r
where r.company_id = %(company_id)s and r.state = 'eligible'
order by r.receipt_date asc, r.commitment asc, r.item_number asc, r.receipt_event_id asc, r.units desc, r.reference asc
limit %(line_limit)s
