-- The invoices with units of each line as of each day, stacked in the order of their first days (a void or a correction
-- does not move its invoice behind later ones); one row per line, day and bill. Credits
-- (is_credit) are no part of the stack: they take units off its top. units_below: where a bill's units begin.
create temporary table price_stack on commit drop as
with bill as (
    select
        d.commitment,
        d.item_number,
        d.day,
        r.bill,
        min(r.day) as billed_on,
        sum(r.units) as units,
        sum(r.amount) as amount
    from price_day as d
    inner join price_row as r
        on r.commitment = d.commitment and r.item_number = d.item_number and r.day <= d.day
    where r.units <> 0
    group by d.commitment, d.item_number, d.day, r.bill
)

select
    b.commitment,
    b.item_number,
    b.day,
    b.bill,
    b.units,
    b.amount,
    b.units <= 0 as is_credit,
    coalesce(
        sum(b.units) over (
            partition by b.commitment, b.item_number, b.day, b.units > 0
            order by b.billed_on, b.bill collate "C"
            rows between unbounded preceding and 1 preceding
        ),
        0
    ) as units_below
from bill as b
