-- PO lines whose accrual is no longer what a run would release: receipts, invoices or orders moved since; but for
-- refused lines; one row per PO line.
select
    l.commitment || '/' || l.item_number as line,
    l.amount,
    coalesce(p.amount_received_not_invoiced, 0) as amount_due
from recon.accrual_release as l
left join mart.commitment_position_at(%(company_id)s, %(period_end)s) as p
    on p.commitment = l.commitment and p.item_number = l.item_number
where
    l.company_id = %(company_id)s and l.run_no = %(run_no)s and 'R' || l.release_id <> all(%(refused_lines)s::text[])
    and (
        p.amount_received_not_invoiced is distinct from l.amount
        or p.units_received_not_invoiced is distinct from l.units_open
        or p.units_accepted - p.units_returned is distinct from l.units_kept
    )
order by l.commitment, l.item_number
