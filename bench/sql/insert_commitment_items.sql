-- Lines of 100 units at 9.99; one row per line.
insert into core.commitment_item (
    company_id, commitment, item_number, description, job, extra, cost_code, category, standard_item, units, unit_cost,
    unit, amount, amount_tax, amount_approved_changes, amount_invoiced, units_invoiced, transfer_id
)
select
    %(company_id)s,
    'PO' || n / 100 as commitment,
    mod(n, 100) + 1 as item_number,
    '' as description,
    'J' || lpad((mod(n / 100, %(jobs)s) + 1)::text, 4, '0') as job,
    '' as extra,
    '03 ' || lpad((mod(n, %(codes)s) + 1)::text, 2, '0') || ' 00' as cost_code,
    'M' as category,
    '' as standard_item,
    100 as units,
    9.99 as unit_cost,
    'EA' as unit,
    999 as amount,
    0 as amount_tax,
    0 as amount_approved_changes,
    0 as amount_invoiced,
    0 as units_invoiced,
    0 as transfer_id
from generate_series(0, %(lines)s::integer - 1) as n
