-- Write back what the valuation found out about each event at work: codes and line, or the rule that makes it wait.
with outcome as (
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
    left join lateral (
        select
            x.line_no,
            x.layer_event_id,
            x.job,
            x.extra,
            x.cost_code,
            x.category,
            x.source
        from work_draw as x
        where x.component = e.component and x.event_id = e.event_id
        order by x.line_no, x.layer_event_id collate "C", x.part
        limit 1
    ) as d on true
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
