-- Tie-out of our own books: each promise with both of its sides and how many records break it; one row per promise.
with line_units as (
    select
        t.commitment,
        t.item_number,
        sum(
            case t.effect
                when 'receipt' then t.units when 'add' then t.units when 'cut' then -t.units else 0
            end
        ) as units_received,
        sum(case t.effect when 'consume' then t.units when 'give_back' then -t.units else 0 end) as units_consumed
    from work_line_units as t
    group by t.commitment, t.item_number
),

line_entries as (
    select
        v.commitment,
        v.item_number,
        coalesce(sum(v.units) filter (where v.measure = 'received'), 0) as units_received,
        coalesce(sum(v.units) filter (where v.measure in ('installed', 'wasted') and not v.is_pooled), 0)
            as units_consumed,
        coalesce(sum(v.units) filter (where v.measure in ('installed', 'wasted')), 0) as units_consumed_in_all,
        coalesce(sum(v.amount) filter (where v.measure = 'received'), 0) as amount_received,
        coalesce(sum(v.amount) filter (where v.measure in ('installed', 'wasted')), 0) as amount_consumed
    from work_line_entry as v
    where v.is_tagged
    group by v.commitment, v.item_number
),

entries_of_posting as (
    select
        p.posting_id,
        p.amount,
        coalesce(sum(l.amount), 0) as amount_entries
    from outbox.cost_posting as p
    left join work_posting_entry as l on l.posting_id = p.posting_id
    where p.company_id = %(company_id)s and p.kind = 'consumption'
    group by p.posting_id, p.amount
),

lines_of_posting as (
    select
        p.posting_id,
        p.amount,
        l.amount as amount_line
    from outbox.cost_posting as p
    inner join outbox.batch_line as l on l.company_id = p.company_id and l.posting_id = p.posting_id
    where p.company_id = %(company_id)s
),

lines_of_batch as (
    select
        b.batch_id,
        b.amount_debit - b.amount_credit as amount,
        coalesce(sum(l.amount), 0) as amount_lines
    from outbox.batch as b
    left join outbox.batch_line as l on l.company_id = b.company_id and l.batch_id = b.batch_id
    where b.company_id = %(company_id)s and b.flow in ('DC', 'ADJ', 'GLJ', 'CMT')
    group by b.batch_id, b.amount_debit, b.amount_credit
)

select
    1 as place,
    'events_to_entries' as promise,
    coalesce(sum(u.units_received - u.units_consumed), 0) as ours,
    coalesce(sum(e.units_received - e.units_consumed), 0) as other,
    count(*) filter (
        where
        coalesce(u.units_received, 0) <> coalesce(e.units_received, 0)
        or coalesce(u.units_consumed, 0) <> coalesce(e.units_consumed, 0)
    ) as broken
from (
    select * from line_units
    where commitment is not null
) as u
full join line_entries as e on e.commitment = u.commitment and e.item_number = u.item_number
union all
select
    2 as place,
    'stock_is_not_negative' as promise,
    coalesce(sum(e.amount_received), 0) as ours,
    coalesce(sum(e.amount_consumed), 0) as other,
    count(*) filter (
        where e.units_consumed_in_all > e.units_received or e.amount_consumed > e.amount_received
    ) as broken
from line_entries as e
union all
select
    3 as place,
    'entries_to_postings' as promise,
    coalesce(sum(p.amount_entries), 0) as ours,
    coalesce(sum(p.amount), 0) as other,
    count(*) filter (where p.amount_entries <> p.amount) as broken
from entries_of_posting as p
union all
select
    4 as place,
    'postings_to_file_lines' as promise,
    coalesce(sum(p.amount), 0) as ours,
    coalesce(sum(p.amount_line), 0) as other,
    count(*) filter (where p.amount_line <> p.amount) as broken
from lines_of_posting as p
union all
select
    5 as place,
    'file_lines_to_files' as promise,
    coalesce(sum(b.amount_lines), 0) as ours,
    coalesce(sum(b.amount), 0) as other,
    count(*) filter (where b.amount_lines <> b.amount) as broken
from lines_of_batch as b
order by place
