-- Tie-out of the balance sheet: what the journal of the month says against the lines, and each account against the
-- general ledger, by accounting date; one row per promise, none where the company's month has no journal. A manual
-- entry that this run accepts counts as accepted.
with accepting as (
    select
        r.account,
        sum(r.amount) as amount
    from recon.ledger_row as r
    inner join recon.foreign_decision as f
        on f.company_id = %(company_id)s and f.run_no = %(run_no)s and f.row_id = r.row_id and f.decision = 'accept'
    where
        r.company_id = %(company_id)s and r.kind = 'entered' and not r.is_accepted
        and r.accounting_date <= %(period_end)s
    group by r.account
),

-- Before its approval the journal is what this run proposes.
journal as (
    select
        d.side,
        sum(d.amount_target) as amount_target,
        sum(d.amount_target - d.amount_due + coalesce(j.amount, 0)) as amount_journal,
        count(*) filter (where d.amount_due <> coalesce(j.amount, 0)) as broken
    from work_journal as d
    left join recon.journal as j
        on
            j.company_id = %(company_id)s and j.run_no = %(run_no)s
            and j.state = 'proposed' and j.commitment = d.commitment
            and j.item_number = d.item_number and j.side = d.side
    group by d.side
)

select
    8 as place,
    case j.side
        when 'owed' then 'received_not_invoiced_to_journal' else 'invoiced_not_received_to_journal'
    end as promise,
    j.amount_target as ours,
    j.amount_journal as other,
    j.broken
from journal as j
union all
select
    9 as place,
    'account_' || b.account || '_to_ledger' as promise,
    b.amount_job_cost + b.amount_journals + b.amount_reversals + b.amount_accepted + coalesce(a.amount, 0) as ours,
    b.amount_ledger as other,
    (
        b.amount_job_cost + b.amount_journals + b.amount_reversals + b.amount_accepted + coalesce(a.amount, 0)
        <> b.amount_ledger
    )::integer as broken
from recon.run_account as b
left join accepting as a on a.account = b.account
where b.company_id = %(company_id)s and b.run_no = %(run_no)s
order by place, promise
