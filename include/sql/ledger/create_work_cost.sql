-- The unit cost in force of each line as an exact fraction (numerator / denominator), from each change order on that
-- names the line; `seg` 0 = the original line. Source: domain 4, unit cost in force. A zeroed line keeps its last one.
create temporary table work_cost on commit drop as
with points as (
    select
        l.line_no,
        0 as seg,
        null::text as change_order,
        null::date as change_date,
        0 as close_count,
        '-infinity'::timestamptz as approved_at,
        l.units,
        l.amount,
        nullif(l.unit_cost, 0) as unit_cost
    from work_line as l
    union all
    select
        l.line_no,
        row_number() over (
            partition by l.line_no order by o.close_count, o.approved_at, lpad(o.change_order, 10, '0') collate "C"
        ) as seg,
        o.change_order,
        o.change_order_date as change_date,
        o.close_count,
        o.approved_at,
        i.units,
        i.amount,
        i.unit_cost
    from work_line as l
    inner join core.change_order_item as i
        on i.company_id = l.company_id and i.commitment = l.commitment and i.item_number = l.item_number
    inner join core.change_order as o
        on
            o.company_id = i.company_id and o.commitment = i.commitment
            and o.change_order = i.change_order and o.status = 'Approved'
),

standing as (
    select
        p.line_no,
        p.seg,
        p.change_order,
        p.change_date,
        p.close_count,
        p.approved_at,
        sum(p.units) over so_far as units,
        sum(p.amount) over so_far as amount,
        (array_agg(p.unit_cost) filter (where p.unit_cost is not null) over so_far) as unit_costs
    from points as p
    window so_far as (partition by p.line_no order by p.seg)
),

priced as (
    select
        s.line_no,
        s.seg,
        s.change_order,
        s.change_date,
        s.close_count,
        s.approved_at,
        case
            when
                s.units <> 0 and round(s.units * s.unit_costs[cardinality(s.unit_costs)], 2) = s.amount
                then array[s.unit_costs[cardinality(s.unit_costs)], 1]
            when s.units <> 0 then array[s.amount * sign(s.units), abs(s.units)]
            when s.seg = 0 and s.amount = 0 and s.unit_costs is not null then array[s.unit_costs[1], 1]
        end as fraction
    from standing as s
),

held as (
    select
        p.*,
        count(p.fraction) over (partition by p.line_no order by p.seg) as last_known
    from priced as p
)

select
    h.line_no,
    h.seg,
    h.change_order,
    h.change_date,
    h.close_count,
    h.approved_at,
    coalesce(f.fraction[1], 0) as numerator,
    coalesce(f.fraction[2], 1) as denominator,
    bool_or(f.fraction is not null) over (partition by h.line_no) as is_priced,
    h.seg > 0
    and coalesce(f.fraction[1], 0) * lag(coalesce(f.fraction[2], 1)) over by_seg
    <> lag(coalesce(f.fraction[1], 0)) over by_seg * coalesce(f.fraction[2], 1) as is_new_cost
from held as h
left join held as f
    on f.line_no = h.line_no and f.last_known = h.last_known and f.fraction is not null
window by_seg as (partition by h.line_no order by h.seg)
