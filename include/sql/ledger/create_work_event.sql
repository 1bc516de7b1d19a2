-- Events of the lines at work with what they do and, in the order of domain 3, the codes they count on; one row per
-- event. `rule` names why an event waits; null = it takes part. An event tagged before keeps its codes though the job
-- closed since.
create temporary table work_event on commit drop as
-- Allocations of a layer, and transfers as allocations of the layer they make; few beside the events.
with said as materialized (
    select
        x.company_id,
        x.event_id,
        x.close_count,
        x.occurred_at,
        x.event_job,
        x.event_extra,
        x.event_cost_code,
        x.event_category,
        case x.effect when 'allocate' then x.layer_event_id else x.event_id end as layer_event_id
    from work_candidate as x
    where x.effect in ('allocate', 'transfer') and x.event_job is not null and x.is_open
),

-- What consumes without codes of its own has those of the last one before it that it does not contradict. Joined as
-- sets: looked for event by event, it was the whole work times the whole work.
allocated as (
    select distinct on (e.company_id, e.event_id)
        e.company_id,
        e.event_id,
        x.event_job,
        x.event_extra,
        x.event_cost_code,
        x.event_category
    from work_candidate as e
    inner join said as x on x.company_id = e.company_id and x.layer_event_id = e.layer_event_id
    where
        e.effect = 'consume' and e.event_job is null
        and (x.close_count, x.occurred_at) <= (e.close_count, e.occurred_at)
        and coalesce(e.said_job, x.event_job) = x.event_job
        and coalesce(e.said_cost_code, x.event_cost_code) = x.event_cost_code
    order by
        e.company_id asc, e.event_id asc, x.close_count desc, x.occurred_at desc, x.event_id collate "C" desc
),

coded as (
    select
        e.*,
        case
            when e.event_job is not null then 'event'
            when a.event_id is not null then 'allocation'
            when e.effect = 'transfer' and m.cost_code is not null then 'mapping'
            when e.effect = 'transfer' then null
            -- Codes of the line that contradict what the event says are not for it.
            when
                e.line_job <> '' and e.line_cost_code <> ''
                and (
                    e.effect not in ('receipt', 'allocate', 'consume')
                    or (coalesce(e.said_job, e.line_job), coalesce(e.said_cost_code, e.line_cost_code))
                    = (e.line_job, e.line_cost_code)
                )
                then 'commitment_item'
            when m.cost_code is not null then 'mapping'
        end as source,
        a.event_job as allocation_job,
        a.event_extra as allocation_extra,
        a.event_cost_code as allocation_cost_code,
        a.event_category as allocation_category,
        m.extra as mapping_extra,
        m.cost_code as mapping_cost_code,
        m.category as mapping_category
    from work_candidate as e
    left join allocated as a on a.company_id = e.company_id and a.event_id = e.event_id
    left join lateral (
        select
            p.extra,
            p.cost_code,
            p.category
        from core.mapping as p
        inner join core.item as i on i.company_id = p.company_id and i.material_class = p.material_class
        where
            e.event_job is null
            and case
                when e.effect = 'transfer' then e.to_job is not null
                -- What names no line has the codes of the lines it takes from; the walk knows which.
                else
                    e.line_no <> 0
                    and (
                        coalesce(e.line_cost_code, '') = '' or coalesce(e.line_job, '') = ''
                        or e.said_job <> e.line_job or e.said_cost_code <> e.line_cost_code
                    )
            end
            and p.company_id = e.company_id and i.standard_item = e.standard_item
            and p.job in (
                '', case when e.effect = 'transfer' then e.to_job else coalesce(e.said_job, e.line_job, '') end
            )
            and e.event_date between p.effective_from and coalesce(p.effective_to, 'infinity')
        order by p.job desc, p.effective_from desc
        limit 1
    ) as m on true
),

resolved as (
    select
        c.line_no,
        c.component,
        c.company_id,
        c.event_id,
        c.event_type,
        c.event_date,
        c.close_count,
        c.occurred_at,
        c.location,
        c.to_job,
        c.to_location,
        c.standard_item,
        c.said_job,
        c.said_cost_code,
        c.line_job,
        c.line_extra,
        c.line_cost_code,
        c.line_category,
        c.quantity,
        c.rank,
        c.effect,
        c.layer_event_id,
        c.owner_event_id,
        c.source,
        c.unit_rule,
        c.status_before,
        c.job_before,
        c.extra_before,
        c.cost_code_before,
        c.category_before,
        case c.source
            when 'event' then c.event_job
            when 'allocation' then c.allocation_job
            when 'mapping'
                then case when c.effect = 'transfer' then c.to_job else coalesce(c.said_job, nullif(c.line_job, '')) end
            else case when c.effect = 'transfer' then c.to_job else nullif(c.line_job, '') end
        end as job,
        case c.source
            when 'event' then c.event_extra
            when 'allocation' then c.allocation_extra
            when 'commitment_item' then c.line_extra
            else c.mapping_extra
        end as extra,
        case c.source
            when 'event' then c.event_cost_code
            when 'allocation' then c.allocation_cost_code
            when 'commitment_item' then c.line_cost_code
            else c.mapping_cost_code
        end as cost_code,
        case c.source
            when 'event' then c.event_category
            when 'allocation' then c.allocation_category
            when 'commitment_item' then c.line_category
            else c.mapping_category
        end as category
    from coded as c
)

select
    r.line_no,
    r.component,
    r.company_id,
    r.event_id,
    r.event_type,
    r.event_date,
    r.close_count,
    r.occurred_at,
    r.location,
    r.to_job,
    r.to_location,
    r.standard_item,
    r.said_job,
    r.said_cost_code,
    r.quantity,
    r.rank,
    r.effect,
    r.layer_event_id,
    r.owner_event_id,
    r.source,
    coalesce(
        (r.job, r.extra, r.cost_code, r.category) <> (r.line_job, r.line_extra, r.line_cost_code, r.line_category),
        false
    ) as is_off_line,
    r.line_job,
    r.line_extra,
    r.line_cost_code,
    r.line_category,
    r.job,
    r.extra,
    r.cost_code,
    r.category,
    case
        when not coalesce(k.is_priced, true) then 'lump_sum_without_quantity'
        when r.unit_rule is not null then r.unit_rule
        when
            r.line_no = 0 and r.layer_event_id is null and r.owner_event_id is null and r.effect not in (
                'allocate', 'deallocate', 'consume', 'give_back', 'transfer', 'transfer_back'
            )
            then 'untagged'
        when
            r.event_type = 'counted'
            and not exists (
                select from ledger.count_verdict as d
                where d.company_id = r.company_id and d.event_id = r.event_id and d.decision = 'approved'
            )
            then 'count_not_approved'
        when r.line_no = 0 and r.source is null then null
        when
            r.effect in ('cut', 'add', 'deallocate', 'give_back', 'transfer_back')
            and coalesce(r.source, '') <> 'event'
            then null
        when r.effect = 'transfer' and r.source is null then null
        -- Whether the line, or the transfer it names, holds what was moved or allocated to the job it says is known to
        -- the walk.
        when
            r.line_no <> 0 and r.effect in ('allocate', 'consume') and coalesce(r.source, '') <> 'event'
            and (r.said_job <> r.line_job or r.said_cost_code <> r.line_cost_code)
            and (
                r.layer_event_id is null
                or (r.company_id, r.layer_event_id) in (
                    select
                        t.company_id,
                        t.event_id
                    from work_candidate as t
                    where t.effect = 'transfer'
                )
            )
            then null
        when r.source is null or r.job is null then 'untagged'
        when r.effect <> 'transfer' and (r.said_job <> r.job or r.said_cost_code <> r.cost_code) then 'untagged'
        when
            r.status_before = 'tagged'
            and not (
                (r.job_before, r.extra_before, r.cost_code_before, r.category_before)
                is distinct from (r.job, r.extra, r.cost_code, r.category)
            )
            then null
        when code.cost_code is not null then code.rule
        when g.is_group then 'group_cost_code'
        when j.job is null then 'job_unknown'
        else 'cost_code_unknown'
    end as rule
from resolved as r
left join ledger.code_status as code
    on
        code.company_id = r.company_id and code.job = r.job and code.extra = r.extra
        and code.cost_code = r.cost_code and code.category = r.category
left join core.job as j on j.company_id = r.company_id and j.job = r.job
left join core.cost_code as g
    on g.company_id = r.company_id and g.job = r.job and g.extra = r.extra and g.cost_code = r.cost_code
left join work_cost as k on k.line_no = r.line_no and k.seg = 0
