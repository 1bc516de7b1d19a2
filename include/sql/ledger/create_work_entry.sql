-- The canonical entries of the lines at work: per affected event, cause, measure and codes, dated by the cause; no
-- zero rows.
create temporary table work_entry on commit drop as
with parts as (
    -- What receipts, rejections, returns and reversals are worth when they happen.
    select
        s.line_no,
        s.event_id,
        'event' as cause_kind,
        s.event_id as cause_id,
        s.measure,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.entry_date,
        s.units,
        l.amount_change as amount
    from work_layer as l
    inner join work_step as s on s.line_no = l.line_no and s.k = l.k
    where not l.is_spread
    union all
    -- What a new unit cost changes about layers received before.
    select
        l.line_no,
        l.layer_event_id as event_id,
        'change_order' as cause_kind,
        p.change_order as cause_id,
        r.measure,
        r.job,
        r.extra,
        r.cost_code,
        r.category,
        p.entry_date,
        0 as units,
        l.amount_change as amount
    from work_layer as l
    inner join work_step as p on p.line_no = l.line_no and p.k = l.k
    inner join work_step as r
        on r.line_no = l.line_no and r.event_id = l.layer_event_id and r.track = 'Q'
    where l.is_spread
    union all
    -- What draws are worth, and what later steps change about them; units given back stand on the event that gave them.
    select
        w.line_no,
        case when c.units < 0 and c.owner_k = w.owner_k then c.event_id else o.event_id end as event_id,
        case when c.track = 'P' then 'change_order' else 'event' end as cause_kind,
        coalesce(c.change_order, c.event_id) as cause_id,
        o.measure,
        o.job,
        o.extra,
        o.cost_code,
        o.category,
        c.entry_date,
        w.units_change as units,
        w.amount_change as amount
    from work_share as w
    inner join work_step as c on c.line_no = w.line_no and c.k = w.k
    inner join work_step as o on o.line_no = w.line_no and o.k = w.owner_k
    union all
    -- What transfers move from one place's codes to another's: two sides of equal value.
    select
        t.line_no,
        case when c.track = 'T' and c.owner_k = t.owner_k then c.event_id else o.event_id end as event_id,
        case when c.track = 'P' then 'change_order' else 'event' end as cause_kind,
        coalesce(c.change_order, c.event_id) as cause_id,
        o.measure,
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        c.entry_date,
        t.units_change as units,
        t.amount_change as amount
    from work_place as t
    inner join work_step as c on c.line_no = t.line_no and c.k = t.k
    inner join work_step as o on o.line_no = t.line_no and o.k = t.owner_k
)

select
    l.company_id,
    p.event_id,
    p.cause_kind,
    p.cause_id,
    p.measure,
    l.commitment,
    l.item_number,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    p.entry_date,
    sum(p.units) as units,
    sum(p.amount) as amount
from parts as p
inner join work_line as l on l.line_no = p.line_no
group by
    l.company_id, p.event_id, p.cause_kind, p.cause_id, p.measure, l.commitment, l.item_number,
    p.job, p.extra, p.cost_code, p.category, p.entry_date
having sum(p.units) <> 0 or sum(p.amount) <> 0
