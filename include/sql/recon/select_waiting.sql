-- What a sign-off of a run still waits for in Sage; one row per kind, none when all has arrived.
select
    'adjustments of the run not posted in Sage' as what,
    count(*) as lines,
    min(coalesce(p.posting_reference, 'adjustment ' || a.adjustment_id)) as example
from recon.adjustment as a
left join outbox.cost_posting as p on p.company_id = a.company_id and p.adjustment_id = a.adjustment_id
where a.company_id = %(company_id)s and a.run_no = %(run_no)s and a.state in ('approved', 'sent')
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
-- What a release takes out of job cost is an accrual line like any other.
select
    'accruals of released PO lines not posted in Sage (core_to_sage__material_costs sends them)' as what,
    count(*) as lines,
    min(l.commitment || '/' || l.item_number) as example
from recon.accrual_release as l
where
    l.company_id = %(company_id)s and l.run_no = %(run_no)s and l.state = 'approved'
    and (
        select coalesce(sum(c.amount), 0)
        from ledger.cost_entry as c
        where
            c.company_id = l.company_id and c.commitment = l.commitment and c.item_number = l.item_number
            and c.kind = 'accrual' and c.entry_date = l.released_on
    ) <> (
        select coalesce(sum(p.amount), 0)
        from outbox.cost_posting as p
        where
            p.company_id = l.company_id and p.commitment = l.commitment and p.item_number = l.item_number
            and p.kind in ('accrual', 'accrual_reversal') and p.state in ('posted', 'reversed')
            and p.transaction_date = l.released_on
    )
having count(*) > 0
union all
-- The reversal belongs to the next month, and to its sign-off.
select
    'journal lines not posted in the general ledger' as what,
    count(*) as lines,
    min(coalesce(l.reference, j.commitment || '/' || j.item_number)) as example
from recon.journal as j
left join outbox.journal_line as l on l.company_id = j.company_id and l.proposal_id = j.proposal_id
where
    j.company_id = %(company_id)s and j.state = 'approved' and j.period <= %(period)s
    and (l.line_id is null or l.state <> 'posted')
    and (
        l.line_id is null
        or l.accounting_date < (to_date(%(period)s || '-01', 'YYYY-MM-DD') + interval '1 month')::date
    )
having count(*) > 0
union all
-- What Sage has posted, or holds entered, and did not land is in none of the figures.
select
    'cost rows of Sage in quarantine (audit.exception, record kinds JCT, JCH and JCN)' as what,
    count(distinct x.record_key) as lines,
    min(x.record_key) as example
from audit.exception as x
where
    x.company_id = %(company_id)s and x.record_kind in ('JCT', 'JCH', 'JCN') and x.closed_at is null
    and (
        -- Rows that share a key are one exception with all of them. One without a date may be of this month.
        select coalesce(min(least(r.row ->> 'Transaction_Date', r.row ->> 'Accounting_Date')), '')
        from jsonb_path_query(x.payload, '$[*]') as r (row)
    ) < (to_date(%(period)s || '-01', 'YYYY-MM-DD') + interval '1 month')::date::text
having count(*) > 0
union all
select
    'extracts of Sage''s cost rows that have not landed' as what,
    count(*) as lines,
    min(t.file_name) as example
from audit.transfer as t
inner join core.company as y on y.company_id = t.company_id and y.environment = t.environment
where
    t.company_id = %(company_id)s and t.direction = 'in' and t.flow in ('JCT', 'JCH', 'JCN')
    and t.state in ('parked', 'refused', 'waiting_approval')
having count(*) > 0
