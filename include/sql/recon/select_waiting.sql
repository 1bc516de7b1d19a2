-- What a sign-off of a run still waits for in Sage; one row per kind, none when all has arrived.
select
    'adjustments of the run not posted in Sage' as what,
    count(*) as lines,
    min(coalesce(p.posting_reference, 'adjustment ' || a.adjustment_id)) as example
from recon.adjustment as a
left join outbox.cost_posting as p on p.adjustment_id = a.adjustment_id
where a.run_no = %(run_no)s and a.state in ('approved', 'sent')
having count(*) > 0
union all
select
    'entries in Sage not posted' as what,
    count(*) as lines,
    min(coalesce(nullif(t.ref_1, ''), t.row_id)) as example
from core.job_cost_transaction as t
where t.company_id = %(company_id)s and t.source = 'NEW' and t.gone_at is null
having count(*) > 0
