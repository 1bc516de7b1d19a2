-- Tell reconciliation which of its adjustments Sage shows as posted; one row per adjustment.
update recon.adjustment as a
set state = 'posted'
from outbox.cost_posting as p
where
    p.company_id = %(company_id)s
    and p.company_id = a.company_id and p.adjustment_id = a.adjustment_id
    and p.state = 'posted'
    and a.state in ('approved', 'sent')
