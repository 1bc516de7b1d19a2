-- Tell reconciliation that its adjustments of a file are on their way; one row per adjustment.
update recon.adjustment as a
set state = 'sent'
from outbox.batch_line as l
inner join outbox.cost_posting as p on l.posting_id = p.posting_id
where l.batch_id = %(batch_id)s and a.adjustment_id = p.adjustment_id and a.state = 'approved'
