-- Record what the price variance of each line, codes and day differs by from what is recorded; none when nothing
-- changed. What stands at the end of a day moves on that day and lasts until the next; where policy `installation` of
-- the line comes or goes, all of it moves on that day. Where price variance stays in clearing, only what is billed for
-- units paid for though not kept goes to job cost.
with moved as (
    select
        s.commitment,
        s.item_number,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.day,
        s.is_paid_for,
        s.amount
    from price_share as s
    union all
    select
        s.commitment,
        s.item_number,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        d.next_day as day,
        s.is_paid_for,
        -s.amount as amount
    from price_share as s
    inner join price_day as d on d.commitment = s.commitment and d.item_number = s.item_number and d.day = s.day
    where d.next_day is not null
),

wanted as (
    select
        m.commitment,
        m.item_number,
        m.job,
        m.extra,
        m.cost_code,
        m.category,
        greatest(m.day, p.valid_from) as entry_date,
        m.amount * ledger.steps_of_kind('installation', p.policy, p.policy_before, p.valid_from > m.day) as amount
    from moved as m
    inner join ledger.line_policy as p
        on
            p.company_id = %(company_id)s and p.commitment = m.commitment and p.item_number = m.item_number
            and m.day >= p.first_from and m.day < p.valid_to
    where p.is_price_posted or m.is_paid_for
    union all
    select
        e.commitment,
        e.item_number,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.entry_date,
        -e.amount as amount
    from ledger.cost_entry as e
    where e.company_id = %(company_id)s and e.kind = 'price_variance'
)

insert into ledger.cost_entry (
    company_id, kind, commitment, item_number, job, extra, cost_code, category, entry_date, amount
)
select
    %(company_id)s,
    'price_variance' as kind,
    w.commitment,
    w.item_number,
    w.job,
    w.extra,
    w.cost_code,
    w.category,
    w.entry_date,
    sum(w.amount) as amount
from wanted as w
group by w.commitment, w.item_number, w.job, w.extra, w.cost_code, w.category, w.entry_date
having sum(w.amount) <> 0
