-- Tie-out of the Sage mirror: posted cost rows, and approved change orders of PO lines, against the totals Sage itself
-- keeps, where its extract carries them; one row per table. Comparable only when none of them is newer than the extract
-- of the totals. A change order that did not land, or that lost a line before it was approved, shows here alone.
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

changed as (
    select
        x.commitment,
        x.item_number,
        sum(x.amount) as amount
    from core.change_order_item as x
    inner join core.change_order as o
        on o.company_id = x.company_id and o.commitment = x.commitment and o.change_order = x.change_order
    where x.company_id = %(company_id)s and o.status = 'Approved'
    group by x.commitment, x.item_number
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
    union all
    select
        'COMITEM' as flow,
        i.amount_approved_changes as amount_sage,
        coalesce(c.amount, 0) as amount_rows
    from core.commitment_item as i
    left join changed as c on c.commitment = i.commitment and c.item_number = i.item_number
    where
        i.company_id = %(company_id)s
        -- An extract that does not carry the total has nothing in it.
        and exists (
            select
            from core.commitment_item as o
            where o.company_id = i.company_id and o.amount_approved_changes <> 0
        )
),

newest as (
    select
        f.flow,
        max(t.stamped_at) as stamped_at
    from core.job_cost_transaction as t
    cross join (values ('CATEGORY'), ('COSTCODE')) as f (flow)
    where t.company_id = %(company_id)s and t.source in ('CURRENT', 'HISTORY')
    group by f.flow
    union all
    select
        'COMITEM' as flow,
        coalesce(max(o.approved_at), '-infinity') as stamped_at
    from core.change_order as o
    where o.company_id = %(company_id)s and o.status = 'Approved'
)

select
    t.flow,
    sum(t.amount_rows)::numeric(14, 2) as amount_rows,
    sum(t.amount_sage)::numeric(14, 2) as amount_sage,
    count(*) filter (where t.amount_rows <> t.amount_sage) as codes_off,
    max(w.extracted_at) as totals_at,
    coalesce(max(w.extracted_at) >= max(n.stamped_at), false) as is_comparable
from totals as t
left join newest as n on n.flow = t.flow
left join audit.watermark as w on w.company_id = %(company_id)s and w.flow = t.flow
group by t.flow
order by t.flow
