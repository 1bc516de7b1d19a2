-- New invoice offsets: mirror of each posted AP row on a managed line, and of each share of freight spread over one,
-- less what is posted of it so far (domain 5); one row per AP row (vendor, invoice, distribution, line, dates,
-- occurrence), codes, account and dates that moved.
-- Where the line's policy changes, offsets of earlier rows are taken back, or made, on the day of the change.
-- Target and, with its sign turned, what is posted so far.
with source as (
    select
        r.commitment,
        r.item_number,
        r.job,
        r.extra,
        r.cost_code,
        r.category,
        r.transaction_date,
        r.accounting_date,
        r.debit_account,
        r.units,
        r.amount,
        r.source_key
    from outbox.mirrored_ap_row as r
    where r.company_id = %(company_id)s
    union all
    select
        f.commitment,
        f.item_number,
        f.job,
        f.extra,
        f.cost_code,
        f.category,
        f.transaction_date,
        f.accounting_date,
        f.debit_account,
        0 as units,
        f.amount,
        f.source_key
    from outbox.freight_share as f
    where f.company_id = %(company_id)s
),

side as (
    select
        greatest(t.transaction_date, y.valid_from) as transaction_date,
        case
            when y.valid_from > t.transaction_date then greatest(t.accounting_date, y.valid_from) else t.accounting_date
        end
            as accounting_date_wanted,
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        t.commitment,
        t.item_number,
        t.source_key,
        t.debit_account,
        -t.units * w.times as units,
        -t.amount * w.times as amount
    from source as t
    inner join work_policy as y
        on
            t.commitment = y.commitment and t.item_number = y.item_number
            and t.transaction_date >= y.first_from and t.transaction_date < y.valid_to
    cross join
        lateral
        ledger.steps_of_kind('installation', y.policy, y.policy_before, y.valid_from > t.transaction_date) as w (times)
    where w.times <> 0
    union all
    select
        p.transaction_date,
        p.accounting_date_wanted,
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.commitment,
        p.item_number,
        p.source_key,
        p.debit_account,
        -p.units as units,
        -p.amount as amount
    from outbox.cost_posting as p
    where p.company_id = %(company_id)s and p.kind = 'invoice_offset'
)

insert into work_posting (
    kind, transaction_date, accounting_date_wanted, job, extra, cost_code, category, commitment, item_number,
    source_key, description, units, amount, debit_account
)
select
    'invoice_offset' as kind,
    s.transaction_date,
    s.accounting_date_wanted,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    s.commitment,
    s.item_number,
    s.source_key,
    -- A file takes no double quotes; one in a vendor's invoice number is no reason to keep the offset back.
    'Offset '
    || translate(
        case
            when length(split_part(s.source_key, '|', 2) || split_part(s.source_key, '|', 1)) <= 22
                then split_part(s.source_key, '|', 2) || ' ' || split_part(s.source_key, '|', 1)
            else split_part(s.source_key, '|', 2)
        end, '"', ''''
    ) as description,
    sum(s.units) as units,
    sum(s.amount) as amount,
    s.debit_account
from side as s
where
    %(through_date)s::date is null or least(s.transaction_date, s.accounting_date_wanted) <= %(through_date)s::date
group by
    s.transaction_date, s.accounting_date_wanted, s.job, s.extra, s.cost_code, s.category, s.commitment, s.item_number,
    s.source_key, s.debit_account
having sum(s.amount) <> 0
