-- Order lines of which the newest run and a rebuild from the raw events say other money; one row.
with run as (
    select max(r.run_no) as run_no
    from recon.run as r
),

told as (
    select
        v.commitment,
        v.item_number,
        sum(v.amount) filter (where v.bridge = 'cost' and v.component = 'consumed') as amount_consumed,
        -sum(v.amount) filter (where v.bridge = 'quantity' and v.component = 'on_hand') as amount_on_hand
    from recon.variance as v
    inner join run as r on r.run_no = v.run_no
    where v.commitment <> ''
    group by v.commitment, v.item_number
)

select count(*) as lines
from compared as c
full join told as t on t.commitment = c.commitment and t.item_number = c.item_number
where coalesce(c.amount_consumed, 0) <> coalesce(t.amount_consumed, 0)
