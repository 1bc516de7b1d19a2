-- New consumption lines: unposted value entries by day, codes and PO line; a sum of zero waits (domain 5).
with consumed as (
    select
        e.company_id,
        e.entry_date,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.commitment,
        e.item_number,
        sum(e.units) as units,
        sum(e.amount) as amount,
        case
            when sum(e.amount) < 0 then 'Corrected' when bool_and(e.measure = 'wasted') then 'Wasted' else 'Installed'
        end as word,
        array_agg(e.entry_id) as entry_ids
    from ledger.value_entry as e
    inner join ledger.line_policy as y
        on
            y.company_id = e.company_id and y.commitment = e.commitment and y.item_number = e.item_number
            and e.entry_date >= y.valid_from and e.entry_date < y.valid_to
    left join outbox.posting_entry as x on e.entry_id = x.entry_id
    where
        e.company_id = %(company_id)s
        and e.measure in ('installed', 'wasted')
        and y.policy = 'installation'
        and x.entry_id is null
        and (%(through_date)s::date is null or e.entry_date <= %(through_date)s::date)
    group by
        e.company_id, e.entry_date, e.job, e.extra, e.cost_code, e.category, e.commitment, e.item_number
    having sum(e.amount) <> 0
)

insert into work_posting (
    kind,
    transaction_date,
    accounting_date_wanted,
    job,
    extra,
    cost_code,
    category,
    commitment,
    item_number,
    source_key,
    description, units, amount, debit_account, entry_ids
)
select
    'consumption' as kind,
    c.entry_date,
    c.entry_date as accounting_date_wanted,
    c.job,
    c.extra,
    c.cost_code,
    c.category,
    c.commitment,
    c.item_number,
    '' as source_key,
    -- The item's id only where the 30 characters that Sage keeps have room for it.
    case
        when length(c.word || c.commitment || c.item_number || coalesce(i.standard_item, '')) <= 27
            then concat_ws(' ', c.word, c.commitment || '/' || c.item_number, nullif(i.standard_item, ''))
        else c.word || ' ' || c.commitment || '/' || c.item_number
    end as description,
    case when upper(k.unit) = upper(i.unit) and k.unit <> '' then c.units else 0 end as units,
    c.amount,
    '' as debit_account,
    c.entry_ids
from consumed as c
left join core.commitment_item as i
    on c.company_id = i.company_id and c.commitment = i.commitment and c.item_number = i.item_number
left join core.category as k
    on
        c.company_id = k.company_id and c.job = k.job and c.extra = k.extra and c.cost_code = k.cost_code
        and c.category = k.category
