-- Tie-out of the Sage mirror: posted cost rows against the totals Sage itself keeps, where its extract carries them;
-- one row per table. Comparable only when no cost row is newer than the extract of the totals.
with cost as (
    select
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        sum(t.amount) as amount
    from work_sage_row as t
    group by t.job, t.extra, t.cost_code, t.category
),

cost_of_code as (
    select
        c.job,
        c.extra,
        c.cost_code,
        sum(c.amount) as amount
    from cost as c
    group by c.job, c.extra, c.cost_code
),

totals as (
    select
        'CATEGORY' as flow,
        k.amount_job_to_date_cost as amount_sage,
        coalesce(c.amount, 0) as amount_rows
    from core.category as k
    left join cost as c
        on c.job = k.job and c.extra = k.extra and c.cost_code = k.cost_code and c.category = k.category
    where k.company_id = %(company_id)s and k.amount_job_to_date_cost is not null
    union all
    select
        'COSTCODE' as flow,
        k.amount_job_to_date_cost as amount_sage,
        coalesce(c.amount, 0) as amount_rows
    from core.cost_code as k
    left join cost_of_code as c on c.job = k.job and c.extra = k.extra and c.cost_code = k.cost_code
    where k.company_id = %(company_id)s and k.amount_job_to_date_cost is not null and not k.is_group
),

newest as (
    select max(t.stamped_at) as stamped_at
    from core.job_cost_transaction as t
    where t.company_id = %(company_id)s and t.source in ('CURRENT', 'HISTORY')
)

select
    t.flow,
    sum(t.amount_rows)::numeric(14, 2) as amount_rows,
    sum(t.amount_sage)::numeric(14, 2) as amount_sage,
    count(*) filter (where t.amount_rows <> t.amount_sage) as codes_off,
    max(w.extracted_at) as totals_at,
    coalesce(max(w.extracted_at) >= max(n.stamped_at), false) as is_comparable
from totals as t
cross join newest as n
left join audit.watermark as w on w.company_id = %(company_id)s and w.flow = t.flow
group by t.flow
order by t.flow
