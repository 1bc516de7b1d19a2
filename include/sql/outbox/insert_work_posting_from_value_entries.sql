-- New consumption lines by day, codes and PO line: value entries that the policy of the day wants and no line carries,
-- less those a line carries though the policy of the day no longer wants them; a sum of zero waits (domain 5). The same
-- as outbox.consumption_due, of the runs at hand alone; what is left for a later posting is marked again.
with linked as materialized (
    select
        l.entry_id,
        p.transaction_date as due_date,
        l.times,
        l.turn
    from work_run as r
    inner join outbox.posting_entry as l
        on l.company_id = %(company_id)s and l.entry_id between r.first_entry_id and r.last_entry_id
    inner join outbox.cost_posting as p on p.company_id = %(company_id)s and l.posting_id = p.posting_id
),

carried as materialized (
    select
        l.entry_id,
        max(l.turn) as turn
    from linked as l
    group by l.entry_id
),

moved as (
    select
        s.entry_id,
        s.due_date,
        sum(s.times) as times
    from (
        select
            e.entry_id,
            greatest(e.entry_date, y.valid_from) as due_date,
            ledger.steps_of_kind('installation', y.policy, y.policy_before, y.valid_from > e.entry_date) as times
        from carried as k
        inner join ledger.value_entry as e on e.company_id = %(company_id)s and k.entry_id = e.entry_id
        inner join work_policy as y
            on
                e.commitment = y.commitment and e.item_number = y.item_number
                and e.entry_date >= y.first_from and e.entry_date < y.valid_to
        union all
        select
            l.entry_id,
            l.due_date,
            -l.times as times
        from linked as l
    ) as s
    group by s.entry_id, s.due_date
    having sum(s.times) <> 0
),

-- turn: of the last line that moved the entry; is_first: no line did, and no other will now.
due as (
    select
        e.entry_id,
        e.measure,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.commitment,
        e.item_number,
        e.units,
        e.amount,
        greatest(e.entry_date, y.valid_from) as due_date,
        ledger.steps_of_kind('installation', y.policy, y.policy_before, y.valid_from > e.entry_date) as times,
        0 as turn,
        y.is_single as is_first
    from work_run as r
    -- Run by run: the planner must not come upon reading all entries of all lines instead, hence the order.
    cross join
        lateral (
            select
                v.entry_id,
                v.measure,
                v.entry_date,
                v.job,
                v.extra,
                v.cost_code,
                v.category,
                v.commitment,
                v.item_number,
                v.units,
                v.amount
            from ledger.value_entry as v
            where
                v.entry_id between r.first_entry_id and r.last_entry_id
                and v.company_id = %(company_id)s and v.measure in ('installed', 'wasted')
            order by v.entry_id
        ) as e
    inner join work_policy as y
        on
            e.commitment = y.commitment and e.item_number = y.item_number
            and e.entry_date >= y.first_from and e.entry_date < y.valid_to
    where
        ledger.steps_of_kind('installation', y.policy, y.policy_before, y.valid_from > e.entry_date) <> 0
        and not exists (
            select
            from carried as k
            where k.entry_id = e.entry_id
        )
    union all
    select
        e.entry_id,
        e.measure,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.commitment,
        e.item_number,
        e.units,
        e.amount,
        m.due_date,
        m.times::integer as times,
        k.turn,
        false as is_first
    from moved as m
    inner join carried as k on m.entry_id = k.entry_id
    inner join ledger.value_entry as e on e.company_id = %(company_id)s and m.entry_id = e.entry_id
),

consumed as materialized (
    select
        d.due_date as entry_date,
        d.job,
        d.extra,
        d.cost_code,
        d.category,
        d.commitment,
        d.item_number,
        sum(d.times * d.units) as units,
        sum(d.times * d.amount) as amount,
        case
            when sum(d.times * d.amount) < 0 then 'Corrected' when bool_and(d.measure = 'wasted') then 'Wasted' else
                'Installed'
        end as word,
        array_agg(d.entry_id) as entry_ids,
        array_agg(d.times) as entry_times,
        array_agg(d.turn) as entry_turns,
        bool_and(d.is_first) as is_first,
        sum(d.times * d.amount) <> 0
        and (%(through_date)s::date is null or d.due_date <= %(through_date)s::date) as is_taken
    from due as d
    group by d.due_date, d.job, d.extra, d.cost_code, d.category, d.commitment, d.item_number
),

left_for_later as (
    insert into outbox.touched_entry (company_id, first_entry_id, last_entry_id)
    select
        %(company_id)s,
        lower(a.entries) as first_entry_id,
        upper(a.entries) - 1 as last_entry_id
    from (
        select unnest(range_agg(int8range(w.entry_id, w.entry_id, '[]'))) as entries
        from consumed as c
        cross join unnest(c.entry_ids) as w (entry_id)
        where not c.is_taken
    ) as a
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
    description, units, amount, debit_account, entry_ids, entry_times, entry_turns
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
    c.entry_times,
    case when not c.is_first then c.entry_turns end as entry_turns
from consumed as c
left join core.commitment_item as i
    on i.company_id = %(company_id)s and c.commitment = i.commitment and c.item_number = i.item_number
left join core.category as k
    on
        k.company_id = %(company_id)s and c.job = k.job and c.extra = k.extra and c.cost_code = k.cost_code
        and c.category = k.category
where c.is_taken
order by
    c.entry_date, c.job, c.extra, c.cost_code, c.category, c.commitment, c.item_number
