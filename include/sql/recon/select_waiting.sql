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
union all
-- The reversal belongs to the next month, and to its sign-off.
select
    'journal lines not posted in the general ledger' as what,
    count(*) as lines,
    min(coalesce(l.reference, j.commitment || '/' || j.item_number)) as example
from recon.journal as j
left join outbox.journal_line as l on l.proposal_id = j.proposal_id
where
    j.company_id = %(company_id)s and j.state = 'approved' and j.period <= %(period)s
    and (l.line_id is null or l.state <> 'posted')
    and (
        l.line_id is null
        or l.accounting_date < (to_date(%(period)s || '-01', 'YYYY-MM-DD') + interval '1 month')::date
    )
having count(*) > 0
