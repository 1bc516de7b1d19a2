-- Events of the lines at work with their line and the codes they carry themselves; one row per event. close_count: the
-- closes before which an event takes no part, those before it was known and those at which it waited.
create temporary table work_candidate on commit drop as
with pool as (
    -- All lines of an item that draws without a line take from are one component.
    select
        p.company_id,
        p.standard_item,
        p.component,
        -- However it is spelled, a unit is the same.
        case when count(distinct coalesce(k.unit, core.unit_key(p.unit))) = 1 then min(btrim(p.unit)) end as unit
    from work_line as p
    cross join lateral (values (core.unit_of(p.company_id, p.unit))) as k (unit)
    where p.component < 0
    group by p.company_id, p.standard_item, p.component
),

-- By line and by item apart, so that each is looked up from the work at hand and the rest of the log is not read.
tagged as (
    select
        t.company_id,
        t.event_id,
        t.rank,
        t.effect,
        t.status,
        t.layer_event_id,
        t.owner_event_id,
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        l.line_no,
        l.component,
        l.standard_item,
        l.is_percent,
        btrim(l.unit) as line_unit
    from work_line as l
    inner join ledger.event_tag as t
        on t.company_id = l.company_id and t.commitment = l.commitment and t.item_number = l.item_number
    where t.effect is not null
    union all
    select
        t.company_id,
        t.event_id,
        t.rank,
        t.effect,
        t.status,
        t.layer_event_id,
        t.owner_event_id,
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        null as line_no,
        pool.component,
        o.standard_item,
        false as is_percent,
        pool.unit as line_unit
    from work_item as o
    inner join pool on pool.company_id = o.company_id and pool.standard_item = o.standard_item
    inner join ledger.event_tag as t on t.company_id = o.company_id and t.event_id = o.event_id
    where t.effect is not null and t.commitment is null
),

-- Everything that is asked of tag and event, so that neither is looked up twice.
placed as (
    select
        t.company_id,
        t.event_id,
        t.rank,
        t.effect,
        t.status,
        t.layer_event_id,
        t.owner_event_id,
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        e.event_type,
        e.event_date,
        e.close_count,
        e.occurred_at,
        e.location,
        e.to_job,
        e.to_location,
        e.quantity,
        e.job as said_job,
        e.cost_code as said_cost_code,
        case when e.event_type = 'transferred' then e.document ->> 'to_extra' else e.extra end as placed_extra,
        case
            when e.event_type = 'transferred' then nullif(btrim(e.document ->> 'to_cost_code'), '')
            else e.cost_code
        end as placed_cost_code,
        case when e.event_type = 'transferred' then e.document ->> 'to_category' else e.category end as placed_category,
        t.line_no,
        t.component,
        coalesce(e.standard_item, t.standard_item) as standard_item,
        -- What is undone is undone at the factor it was done at.
        coalesce(undone.event_date, e.event_date) as unit_date,
        e.unit,
        -- A hundredth of the whole, where that is approved for the line.
        case
            when t.is_percent then coalesce(core.unit_of(e.company_id, e.unit) = 'PCT', false) else false
        end as is_percent,
        t.line_unit
    from tagged as t
    inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
    left join ledger.material_event as undone
        on
            e.event_type = 'reversed'
            and undone.company_id = e.company_id and undone.event_id = e.reverses_event_id
    where
        -- A count that was refused moves nothing.
        e.event_type <> 'counted'
        or not exists (
            select from ledger.count_verdict as v
            where v.company_id = t.company_id and v.event_id = t.event_id and v.decision = 'refused'
        )
),

-- Units other than the line's, once for each item and day; most events need none.
odd_unit as (
    select
        d.company_id,
        d.standard_item,
        d.unit,
        d.line_unit,
        d.unit_date,
        r.numerator,
        r.denominator,
        r.rule
    from (
        select distinct
            p.company_id,
            p.standard_item,
            p.unit,
            p.line_unit,
            p.unit_date
        from placed as p
        where not p.is_percent and p.unit <> '' and upper(p.unit) <> upper(p.line_unit)
    ) as d
    cross join
        lateral ledger.unit_ratio(d.company_id, coalesce(d.standard_item, ''), d.unit, d.line_unit, d.unit_date) as r
)

select
    coalesce(l.line_no, 0) as line_no,
    p.component,
    p.company_id,
    p.event_id,
    p.event_type,
    p.event_date,
    greatest(p.close_count, w.close_no) as close_count,
    p.occurred_at,
    p.location,
    p.to_job,
    p.to_location,
    case
        when f.numerator is null then abs(p.quantity)
        else ledger.convert_units(abs(p.quantity), f.numerator, f.denominator)
    end as quantity,
    abs(p.quantity) as said_quantity,
    f.numerator,
    f.denominator,
    -- Four places cannot hold it: what it counts as depends on what was said before (sage_bridge.conversions).
    coalesce(mod(abs(p.quantity) * f.numerator * 10000, f.denominator) <> 0, false) as is_fraction,
    case
        when l.line_no is null and p.line_unit is null then 'unit_without_factor'
        when u.rule is not null then u.rule
        when ledger.convert_units(abs(p.quantity), f.numerator, f.denominator) = 0 then 'unit_too_small'
    end as unit_rule,
    p.standard_item,
    p.rank,
    p.effect,
    p.status as status_before,
    p.layer_event_id,
    p.owner_event_id,
    p.job as job_before,
    p.extra as extra_before,
    p.cost_code as cost_code_before,
    p.category as category_before,
    l.job as line_job,
    l.extra as line_extra,
    l.cost_code as line_cost_code,
    l.category as line_category,
    p.said_job,
    p.said_cost_code,
    case when said.job is not null and said.cost_code is not null then said.job end as event_job,
    said.extra as event_extra,
    said.cost_code as event_cost_code,
    said.category as event_category,
    p.status = 'tagged' or coalesce(code.rule is null and code.job is not null, false) as is_open
from placed as p
left join work_line as l on l.line_no = p.line_no
left join ledger.event_cured_after as w on w.company_id = p.company_id and w.event_id = p.event_id
left join odd_unit as u
    on
        u.company_id = p.company_id and u.standard_item is not distinct from p.standard_item and u.unit = p.unit
        and u.line_unit = p.line_unit and u.unit_date = p.unit_date
cross join
    lateral (
        values (
            case when p.is_percent then 1 else u.numerator end, case when p.is_percent then 100 else u.denominator end
        )
    ) as f (numerator, denominator)
-- The codes an event says; a transfer says those at its receiver.
cross join
    lateral (
        values (
            case
                when p.event_type = 'transferred' then coalesce(p.to_job, p.said_job, nullif(l.job, ''))
                else p.said_job
            end,
            coalesce(p.placed_extra, ''),
            p.placed_cost_code,
            coalesce(p.placed_category, l.category)
        )
    ) as said (job, extra, cost_code, category)
left join ledger.code_status as code
    on
        code.company_id = p.company_id and code.job = said.job and code.extra = said.extra
        and code.cost_code = said.cost_code and code.category = said.category
