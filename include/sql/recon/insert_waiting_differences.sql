-- Differences of consumption, price variance and accrual that are on no posting yet, per codes and PO line; cumulative
-- to the period's end. A key whose entries add up to nothing needs no posting and is no difference.
with by_key as (
    select
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        t.commitment,
        t.item_number,
        t.amount
    from work_consumption as t
    union all
    select
        l.job,
        l.extra,
        l.cost_code,
        l.category,
        l.commitment,
        l.item_number,
        -l.amount as amount
    from outbox.cost_posting as p
    inner join work_posting_entry as l on l.posting_id = p.posting_id
    where p.company_id = %(company_id)s and p.transaction_date <= %(period_end)s
),

open_key as materialized (
    select
        k.commitment,
        k.item_number
    from by_key as k
    group by k.job, k.extra, k.cost_code, k.category, k.commitment, k.item_number
    having sum(k.amount) <> 0
),

-- Entries are gone through one by one only where something is open.
consumption as (
    select
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        v.commitment,
        v.item_number,
        d.due_date as entry_date,
        d.times * v.amount as amount,
        'consumption' as kind
    from outbox.consumption_due as d
    inner join ledger.value_entry as v on v.company_id = d.company_id and v.entry_id = d.entry_id
    where d.company_id = %(company_id)s and d.due_date <= %(period_end)s and exists (select from open_key)
),

other as (
    select
        c.job,
        c.extra,
        c.cost_code,
        c.category,
        c.commitment,
        c.item_number,
        c.entry_date,
        c.amount,
        c.kind
    from ledger.cost_entry as c
    where c.company_id = %(company_id)s and c.entry_date <= %(period_end)s
    union all
    select
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.commitment,
        p.item_number,
        p.transaction_date as entry_date,
        -p.amount as amount,
        case p.kind when 'accrual_reversal' then 'accrual' else p.kind end as kind
    from outbox.cost_posting as p
    where
        p.company_id = %(company_id)s and p.kind in ('price_variance', 'accrual', 'accrual_reversal')
        and p.transaction_date <= %(period_end)s
),

waiting as (
    select c.*
    from consumption as c
    union all
    select o.*
    from other as o
)

insert into recon.difference (
    run_no, company_id, period, side, cause, reference, job, extra, cost_code, category, commitment, item_number,
    transaction_date, amount_ours, amount_sage, explanation
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    'ours' as side,
    'not_sent' as cause,
    '' as reference,
    w.job,
    w.extra,
    w.cost_code,
    w.category,
    w.commitment,
    w.item_number,
    max(w.entry_date) as transaction_date,
    sum(w.amount) as amount_ours,
    0 as amount_sage,
    replace(w.kind, '_', ' ')
    || ' on no posting yet: run core_to_sage__material_costs through the period''s end' as explanation
from waiting as w
group by w.kind, w.job, w.extra, w.cost_code, w.category, w.commitment, w.item_number
having sum(w.amount) <> 0
