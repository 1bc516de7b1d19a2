-- New consumption lines by day, codes and PO line: value entries that the policy of the day wants and no line carries,
-- less those a line carries though the policy of the day no longer wants them; a sum of zero waits (domain 5).
with consumed as (
    select
        e.company_id,
        d.due_date as entry_date,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.commitment,
        e.item_number,
        sum(d.times * e.units) as units,
        sum(d.times * e.amount) as amount,
        case
            when sum(d.times * e.amount) < 0 then 'Corrected' when bool_and(e.measure = 'wasted') then 'Wasted' else
                'Installed'
        end as word,
        array_agg(e.entry_id) as entry_ids,
        array_agg(d.times) as entry_times
    from outbox.consumption_due as d
    inner join ledger.value_entry as e on e.entry_id = d.entry_id
    where
        d.company_id = %(company_id)s
        and (%(through_date)s::date is null or d.due_date <= %(through_date)s::date)
    group by
        e.company_id, d.due_date, e.job, e.extra, e.cost_code, e.category, e.commitment, e.item_number
    having sum(d.times * e.amount) <> 0
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
    description, units, amount, debit_account, entry_ids, entry_times
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
    -- The item's id only where the 30 characters that Sage keeps have room for it. An inch mark in an id is no reason
    -- to keep its cost back: a file takes no double quotes.
    translate(
        case
            when length(c.word || c.commitment || c.item_number || coalesce(i.standard_item, '')) <= 27
                then concat_ws(' ', c.word, c.commitment || '/' || c.item_number, nullif(i.standard_item, ''))
            else c.word || ' ' || c.commitment || '/' || c.item_number
        end, '"', ''''
    ) as description,
    case when upper(k.unit) = upper(i.unit) and k.unit <> '' then c.units else 0 end as units,
    c.amount,
    '' as debit_account,
    c.entry_ids,
    c.entry_times
from consumed as c
left join core.commitment_item as i
    on c.company_id = i.company_id and c.commitment = i.commitment and c.item_number = i.item_number
left join core.category as k
    on
        c.company_id = k.company_id and c.job = k.job and c.extra = k.extra and c.cost_code = k.cost_code
        and c.category = k.category
order by
    c.entry_date, c.job, c.extra, c.cost_code, c.category, c.commitment, c.item_number
