-- Tell reconciliation that its adjustments of a file are on their way; one row per adjustment.
update recon.adjustment as a
set state = 'sent'
from outbox.batch_line as l
inner join outbox.cost_posting as p on l.company_id = p.company_id and l.posting_id = p.posting_id
where
    l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
    and a.company_id = p.company_id and a.adjustment_id = p.adjustment_id and a.state = 'approved'
