-- Keep the consumed price variance of each line as it stood the day before its cutover; one row per line and codes.
with line as (
    select distinct
        p.commitment,
        p.item_number,
        p.cutover,
        p.is_price_posted
    from ledger.line_policy as p
    where p.company_id = %(company_id)s and p.cutover is not null
)

insert into ledger.opening_price (company_id, commitment, item_number, job, extra, cost_code, category, amount)
select
    %(company_id)s,
    s.commitment,
    s.item_number,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    sum(s.amount) as amount
from price_share as s
inner join price_day as d on d.commitment = s.commitment and d.item_number = s.item_number and d.day = s.day
inner join line as c
    on
        c.commitment = s.commitment and c.item_number = s.item_number
        and s.day < c.cutover and (d.next_day is null or d.next_day >= c.cutover)
where c.is_price_posted or s.is_paid_for
group by s.commitment, s.item_number, s.job, s.extra, s.cost_code, s.category
having sum(s.amount) <> 0
