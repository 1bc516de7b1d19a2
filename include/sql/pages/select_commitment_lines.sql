-- Where the lines of one commitment stand now; one row per line.
select
    p.item_number,
    p.standard_item,
    p.item_name,
    p.vendor,
    p.vendor_name,
    p.commitment_type,
    p.commitment_date,
    p.is_closed,
    p.job,
    p.job_name,
    p.extra,
    p.cost_code,
    p.category,
    p.unit,
    p.units_revised,
    p.amount_revised,
    p.amount_approved_changes,
    p.units_accepted,
    p.amount_accepted,
    p.units_installed,
    p.amount_installed,
    p.units_on_hand,
    p.amount_on_hand,
    p.amount_invoiced,
    p.amount_received_not_invoiced,
    p.is_over_received
from mart.commitment_position as p
where p.company_id = %(company_id)s and p.commitment = %(commitment)s
order by p.item_number
