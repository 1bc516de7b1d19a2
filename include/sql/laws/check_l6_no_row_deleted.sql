-- L6: an absent row never deletes: every mirror table holds at least the rows of the largest extract that landed; one
-- row.
with held as (
    select
        'JOB' as flow,
        count(*) as row_count
    from core.job
    where company_id = %(company_id)s
    union all
    select
        'EXTRA' as flow,
        count(*) as row_count
    from core.extra
    where company_id = %(company_id)s
    union all
    select
        'COSTCODE' as flow,
        count(*) as row_count
    from core.cost_code
    where company_id = %(company_id)s
    union all
    select
        'CATEGORY' as flow,
        count(*) as row_count
    from core.category
    where company_id = %(company_id)s
    union all
    select
        'VENDOR' as flow,
        count(*) as row_count
    from core.vendor
    where company_id = %(company_id)s
    union all
    select
        'ITEM' as flow,
        count(*) as row_count
    from core.item
    where company_id = %(company_id)s
    union all
    select
        'COMMIT' as flow,
        count(*) as row_count
    from core.commitment
    where company_id = %(company_id)s
    union all
    select
        'COMITEM' as flow,
        count(*) as row_count
    from core.commitment_item
    where company_id = %(company_id)s
    union all
    select
        'COMCO' as flow,
        count(*) as row_count
    from core.change_order
    where company_id = %(company_id)s
    union all
    select
        'COMCOITM' as flow,
        count(*) as row_count
    from core.change_order_item
    where company_id = %(company_id)s
    union all
    select
        'JCT' as flow,
        count(*) as row_count
    from core.job_cost_transaction
    where company_id = %(company_id)s
),

largest as (
    select
        t.flow,
        max(t.rows_landed) as row_count
    from audit.transfer as t
    where t.company_id = %(company_id)s and t.direction = 'in' and t.state = 'landed'
    group by t.flow
)

select
    count(*) filter (where h.row_count < l.row_count) = 0 as holds,
    sum(h.row_count) as rows_held,
    count(*) filter (where h.row_count < l.row_count) as tables_short
from held as h
left join largest as l on l.flow = h.flow
