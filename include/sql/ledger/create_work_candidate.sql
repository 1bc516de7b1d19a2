-- Events of the lines at work with their line and the codes they carry themselves; one row per event.
create temporary table work_candidate on commit drop as
with pool as (
    -- All lines of an item that draws without a line take from are one component.
    select distinct
        p.company_id,
        p.standard_item,
        p.component
    from work_line as p
    where p.component < 0
)

select
    coalesce(l.line_no, 0) as line_no,
    coalesce(l.component, pool.component) as component,
    e.company_id,
    e.event_id,
    e.event_type,
    e.event_date,
    e.close_count,
    e.occurred_at,
    e.location,
    e.to_job,
    e.to_location,
    abs(e.quantity) as quantity,
    e.unit,
    coalesce(e.standard_item, l.standard_item) as standard_item,
    t.rank,
    t.effect,
    t.status as status_before,
    t.layer_event_id,
    t.owner_event_id,
    t.job as job_before,
    t.extra as extra_before,
    t.cost_code as cost_code_before,
    t.category as category_before,
    l.unit as line_unit,
    l.job as line_job,
    l.extra as line_extra,
    l.cost_code as line_cost_code,
    l.category as line_category,
    e.job as said_job,
    e.cost_code as said_cost_code,
    case when said.job is not null and said.cost_code is not null then said.job end as event_job,
    said.extra as event_extra,
    said.cost_code as event_cost_code,
    said.category as event_category,
    t.status = 'tagged' or coalesce(code.rule is null and code.job is not null, false) as is_open
from ledger.event_tag as t
inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
left join work_line as l
    on l.company_id = t.company_id and l.commitment = t.commitment and l.item_number = t.item_number
-- The codes an event says; a transfer says those at its receiver.
cross join
    lateral (
        values (
            case when e.event_type = 'transferred' then coalesce(e.to_job, e.job, nullif(l.job, '')) else e.job end,
            coalesce(case when e.event_type = 'transferred' then e.document ->> 'to_extra' else e.extra end, ''),
            case
                when e.event_type = 'transferred' then nullif(btrim(e.document ->> 'to_cost_code'), '')
                else e.cost_code
            end,
            coalesce(
                case when e.event_type = 'transferred' then e.document ->> 'to_category' else e.category end, l.category
            )
        )
    ) as said (job, extra, cost_code, category)
left join ledger.material_event as o
    on t.commitment is null and o.company_id = t.company_id and o.event_id = coalesce(t.owner_event_id, t.event_id)
left join pool
    on t.commitment is null and pool.company_id = e.company_id and pool.standard_item = o.standard_item
left join ledger.code_status as code
    on
        code.company_id = e.company_id and code.job = said.job and code.extra = said.extra
        and code.cost_code = said.cost_code and code.category = said.category
where t.effect is not null and (l.line_no is not null or pool.component is not null)
