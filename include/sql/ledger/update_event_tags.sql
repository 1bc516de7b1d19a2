-- Write back what the valuation found out about each event at work: codes and line, or the rule that makes it wait.
with outcome as (
    select
        e.company_id,
        e.event_id,
        e.rule,
        e.source,
        e.quantity,
        coalesce(d.job, e.job) as job,
        coalesce(d.extra, e.extra) as extra,
        coalesce(d.cost_code, e.cost_code) as cost_code,
        coalesce(d.category, e.category) as category
    from work_event as e
    left join lateral (
        select
            x.line_no,
            x.layer_event_id,
            x.job,
            x.extra,
            x.cost_code,
            x.category
        from work_draw as x
        where x.component = e.component and x.event_id = e.event_id
        order by x.line_no, x.layer_event_id collate "C", x.part
        limit 1
    ) as d on true
)

update ledger.event_tag as t
set
    status = case when o.rule is null then 'tagged' else 'waiting' end,
    rule = o.rule,
    source = case when o.rule is null then coalesce(o.source, 'commitment_item') end,
    job = case when o.rule is null then o.job end,
    extra = case when o.rule is null then o.extra end,
    cost_code = case when o.rule is null then o.cost_code end,
    category = case when o.rule is null then o.category end,
    units = case when o.rule is null then o.quantity end,
    tagged_at = now()
from outcome as o
where
    t.company_id = o.company_id and t.event_id = o.event_id
    and (t.rule, t.source, t.job, t.extra, t.cost_code, t.category)
    is distinct from (
        o.rule,
        case when o.rule is null then coalesce(o.source, 'commitment_item') end,
        case when o.rule is null then o.job end,
        case when o.rule is null then o.extra end,
        case when o.rule is null then o.cost_code end,
        case when o.rule is null then o.category end
    )
