-- What mappings give events that say no codes of their own, for the walk: one row per event with mappings. `mapped`
-- holds by job the rule by which Sage takes no cost on the codes, null = it does, then extra, cost code and category.
-- A draw that names no line may take from lines of several jobs.
create temporary table work_mapping on commit drop as
with asked as (
    select
        e.component,
        e.company_id,
        e.event_id,
        e.event_date,
        e.standard_item,
        coalesce(e.said_job, nullif(e.line_job, '')) as job
    from work_event as e
    where
        e.line_no <> 0 and e.rule is null and e.source <> 'event' and e.effect in ('receipt', 'allocate', 'consume')
        and (
            e.line_cost_code = '' or e.line_job = ''
            or e.said_job <> e.line_job or e.said_cost_code <> e.line_cost_code
        )
    union
    select
        e.component,
        e.company_id,
        e.event_id,
        e.event_date,
        e.standard_item,
        coalesce(e.said_job, nullif(l.job, '')) as job
    from work_event as e
    inner join work_line as l on l.component = e.component
    where
        e.line_no = 0 and e.rule is null and e.source is null and e.effect in ('allocate', 'consume')
        and (l.cost_code = '' or l.job = '' or e.said_job <> l.job or e.said_cost_code <> l.cost_code)
),

found as (
    select distinct on (a.component, a.event_id, a.job)
        a.component,
        a.company_id,
        a.event_id,
        a.job,
        p.extra,
        p.cost_code,
        p.category
    from asked as a
    inner join core.item as i on i.company_id = a.company_id and i.standard_item = a.standard_item
    inner join core.mapping as p
        on
            p.company_id = i.company_id and p.material_class = i.material_class and p.job in ('', a.job)
            and a.event_date between p.effective_from and coalesce(p.effective_to, 'infinity')
    where a.job is not null
    order by a.component asc, a.event_id asc, a.job asc, p.job desc, p.effective_from desc
)

select
    f.component,
    f.event_id,
    jsonb_object_agg(
        f.job,
        jsonb_build_array(
            case
                -- What was tagged before keeps its codes though the job closed since.
                when
                    t.status = 'tagged'
                    and (t.job, t.extra, t.cost_code, t.category) = (f.job, f.extra, f.cost_code, f.category)
                    then null
                when k.cost_code is not null then k.rule
                when g.is_group then 'group_cost_code'
                when j.job is null then 'job_unknown'
                else 'cost_code_unknown'
            end,
            f.extra, f.cost_code, f.category
        )
    ) as mapped
from found as f
inner join ledger.event_tag as t on t.company_id = f.company_id and t.event_id = f.event_id
left join ledger.code_status as k
    on
        k.company_id = f.company_id and k.job = f.job and k.extra = f.extra and k.cost_code = f.cost_code
        and k.category = f.category
left join core.job as j on j.company_id = f.company_id and j.job = f.job
left join core.cost_code as g
    on g.company_id = f.company_id and g.job = f.job and g.extra = f.extra and g.cost_code = f.cost_code
group by f.component, f.event_id
