-- Write back what the valuation found out about each event at work: codes and line, or the rule that makes it wait.
with first_draw as (
    select distinct on (x.component, x.event_id)
        x.component,
        x.event_id,
        x.layer_event_id,
        x.job,
        x.extra,
        x.cost_code,
        x.category,
        x.source
    from work_draw as x
    order by x.component asc, x.event_id asc, x.line_no asc, x.layer_event_id collate "C" asc, x.part asc
),

outcome as (
    select
        e.company_id,
        e.event_id,
        e.rule,
        coalesce(e.source, d.source, 'commitment_item') as source,
        e.quantity,
        coalesce(d.job, e.job, r.job) as job,
        coalesce(d.extra, e.extra, r.extra) as extra,
        coalesce(d.cost_code, e.cost_code, r.cost_code) as cost_code,
        coalesce(d.category, e.category, r.category) as category
    from work_event as e
    left join first_draw as d on d.component = e.component and d.event_id = e.event_id
    -- What is taken back without codes of its own counts where its receipt does.
    left join work_event as r on r.component = e.component and r.event_id = d.layer_event_id
)

update ledger.event_tag as t
set
    status = case when o.rule is null then 'tagged' else 'waiting' end,
    rule = o.rule,
    source = case when o.rule is null then o.source end,
    job = case when o.rule is null then o.job end,
    extra = case when o.rule is null then o.extra end,
    cost_code = case when o.rule is null then o.cost_code end,
    category = case when o.rule is null then o.category end,
    units = case when o.rule is null then o.quantity end,
    tagged_at = now()
from outcome as o
where
    t.company_id = o.company_id and t.event_id = o.event_id
    and (t.rule, t.source, t.job, t.extra, t.cost_code, t.category, t.units)
    is distinct from (
        o.rule,
        case when o.rule is null then o.source end,
        case when o.rule is null then o.job end,
        case when o.rule is null then o.extra end,
        case when o.rule is null then o.cost_code end,
        case when o.rule is null then o.category end,
        case when o.rule is null then o.quantity end
    )
