-- New price variance and accrual lines: entries less what is posted so far, by day, codes and PO line (domain 5); an
-- accrual that falls is an accrual_reversal; no zero lines.
with side as (
    select
        e.kind,
        e.entry_date,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.commitment,
        e.item_number,
        e.amount
    from ledger.cost_entry as e
    where e.company_id = %(company_id)s
    union all
    select
        case p.kind when 'accrual_reversal' then 'accrual' else p.kind end as kind,
        p.transaction_date as entry_date,
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.commitment,
        p.item_number,
        -p.amount as amount
    from outbox.cost_posting as p
    where p.company_id = %(company_id)s and p.kind in ('price_variance', 'accrual', 'accrual_reversal')
)

insert into work_posting (
    kind, transaction_date, accounting_date_wanted, job, extra, cost_code, category, commitment, item_number,
    source_key, description, units, amount, debit_account
)
select
    case when s.kind = 'accrual' and sum(s.amount) < 0 then 'accrual_reversal' else s.kind end as kind,
    s.entry_date as transaction_date,
    s.entry_date as accounting_date_wanted,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    s.commitment,
    s.item_number,
    '' as source_key,
    case
        when s.kind = 'price_variance' then 'Price ' when sum(s.amount) < 0 then 'Accrual off ' else 'Accrual '
    end || s.commitment || '/' || s.item_number as description,
    0 as units,
    sum(s.amount) as amount,
    '' as debit_account
from side as s
where %(through_date)s::date is null or s.entry_date <= %(through_date)s::date
group by s.kind, s.entry_date, s.job, s.extra, s.cost_code, s.category, s.commitment, s.item_number
having sum(s.amount) <> 0
