-- Purchase orders of 100 lines each; one row per order.
insert into core.commitment (
    company_id, commitment, description, commitment_type, vendor, job, commitment_date, is_closed, amount_original,
    amount_approved_changes, amount_invoiced, transfer_id
)
select
    %(company_id)s,
    'PO' || p as commitment,
    '' as description,
    'Purchase order' as commitment_type,
    'V1' as vendor,
    'J' || lpad((mod(p, %(jobs)s) + 1)::text, 4, '0') as job,
    '2026-01-02'::date as commitment_date,
    false as is_closed,
    99900 as amount_original,
    0 as amount_approved_changes,
    0 as amount_invoiced,
    0 as transfer_id
from generate_series(0, (%(lines)s::integer - 1) / 100) as p
