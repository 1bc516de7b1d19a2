-- The month-end comparison as somebody would write it over the raw events, in Postgres and duckdb alike: ordered,
-- received, consumed, on hand, posted by us and shown by Sage; one row per order line.
create temporary table compared as
with moved as (
    select
        e.commitment,
        e.item_number,
        sum(case when e.effect = 'receipt' then e.units else 0 end) as units_received,
        sum(case when e.effect = 'consume' then e.units else 0 end) as units_consumed,
        sum(case when e.effect = 'receipt' then round(e.units * i.unit_cost, 2) else 0 end) as amount_received,
        sum(case when e.effect = 'consume' then round(e.units * i.unit_cost, 2) else 0 end) as amount_consumed
    from event_row as e
    inner join item_row as i on i.commitment = e.commitment and i.item_number = e.item_number
    where e.event_date <= '2026-05-31'
    group by e.commitment, e.item_number
),

posted as (
    select
        p.commitment,
        p.item_number,
        sum(p.amount) as amount_posted,
        sum(s.amount) as amount_sage,
        count(case when s.amount <> p.amount or s.amount is null then 1 end) as differences
    from posting_row as p
    left join sage_row as s on s.ref_1 = p.posting_reference
    where p.transaction_date <= '2026-05-31'
    group by p.commitment, p.item_number
)

select
    i.job,
    i.cost_code,
    i.category,
    i.commitment,
    i.item_number,
    i.amount as amount_ordered,
    m.units_received,
    m.units_consumed,
    m.amount_received,
    m.amount_consumed,
    m.amount_received - m.amount_consumed as amount_on_hand,
    i.amount - m.amount_received as amount_not_received,
    p.amount_posted,
    p.amount_sage,
    p.amount_sage - m.amount_consumed as amount_difference,
    p.differences
from item_row as i
left join moved as m on m.commitment = i.commitment and m.item_number = i.item_number
left join posted as p on p.commitment = i.commitment and p.item_number = i.item_number
