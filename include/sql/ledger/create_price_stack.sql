-- The invoices of each line as of each day, those without units with what they cover, stacked in the order of the
-- closes that first knew them, then of their first days (a void or a correction does not move its invoice behind later
-- ones); one row per line, day and bill. Credits (is_credit) are no part of the stack: they take units off its top as
-- it was known to their close. units_below: where a bill's units begin; units_cap: where they end for credits of its
-- own close and later ones.
create temporary table price_stack on commit drop as
with bill as (
    select
        d.commitment,
        d.item_number,
        d.day,
        r.bill,
        -- What no close has seen comes last.
        coalesce(c.close_no, 2147483647) as close_no,
        coalesce(c.billed_on, min(r.day)) as billed_on,
        sum(r.units) + coalesce(v.units, 0) as units,
        sum(r.amount) as amount
    from price_day as d
    inner join price_row as r
        on r.commitment = d.commitment and r.item_number = d.item_number and r.day <= d.day
    left join price_cover as v
        on
            v.commitment = r.commitment and v.item_number = r.item_number and v.bill = r.bill
            and d.day >= v.day and d.day < v.next_day
    left join ledger.bill_at_close as c
        on
            c.company_id = %(company_id)s and c.commitment = r.commitment and c.item_number = r.item_number
            and c.bill = r.bill
    group by d.commitment, d.item_number, d.day, r.bill, c.close_no, c.billed_on, v.units
),

-- How high the stack is when all that a close knew first is laid; below nothing where credits came before their bills.
height as (
    select
        b.commitment,
        b.item_number,
        b.day,
        b.close_no,
        sum(b.units) as units,
        sum(sum(b.units)) over (
            partition by b.commitment, b.item_number, b.day order by b.close_no
        ) as units_up_to
    from bill as b
    group by b.commitment, b.item_number, b.day, b.close_no
),

level as (
    select
        h.commitment,
        h.item_number,
        h.day,
        h.close_no,
        h.units_up_to - h.units as units_before,
        min(h.units_up_to) over (
            partition by h.commitment, h.item_number, h.day order by h.close_no desc
        ) as units_cap
    from height as h
)

select
    b.commitment,
    b.item_number,
    b.day,
    b.bill,
    b.units,
    b.amount,
    b.units <= 0 as is_credit,
    l.units_cap,
    l.units_before
    + coalesce(
        sum(b.units) over (
            partition by b.commitment, b.item_number, b.day, b.close_no, b.units > 0
            order by b.billed_on, b.bill collate "C"
            rows between unbounded preceding and 1 preceding
        ),
        0
    ) as units_below
from bill as b
inner join level as l
    on l.commitment = b.commitment and l.item_number = b.item_number and l.day = b.day and l.close_no = b.close_no
