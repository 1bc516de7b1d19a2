-- What moves on the layers of the lines at work, by day: units and value (Q), consumption by codes (C); one row per
-- layer, track, day and codes.
with layer as (
    select
        w.line_no,
        w.layer_event_id,
        min(w.k) as layer_no
    from work_layer as w
    group by w.line_no, w.layer_event_id
),

moves as (
    select
        w.line_no,
        w.layer_event_id,
        'Q' as track,
        s.entry_date,
        '' as job,
        '' as extra,
        '' as cost_code,
        '' as category,
        case when w.is_spread then 0 else w.units end as units,
        w.amount_change as amount
    from work_layer as w
    inner join work_step as s on s.line_no = w.line_no and s.k = w.k
    union all
    select
        s.line_no,
        s.layer_event_id,
        'C' as track,
        s.entry_date,
        o.job,
        o.extra,
        o.cost_code,
        o.category,
        s.units,
        0 as amount
    from work_step as s
    inner join work_step as o on o.line_no = s.line_no and o.k = s.owner_k
    where s.track = 'C'
)

insert into ledger.layer_movement (
    company_id, commitment, item_number, layer_event_id, layer_no, track, entry_date, job, extra, cost_code, category,
    units, amount
)
select
    l.company_id,
    l.commitment,
    l.item_number,
    m.layer_event_id,
    y.layer_no,
    m.track,
    m.entry_date,
    m.job,
    m.extra,
    m.cost_code,
    m.category,
    sum(m.units) as units,
    sum(m.amount) as amount
from moves as m
inner join work_line as l on l.line_no = m.line_no
inner join layer as y on y.line_no = m.line_no and y.layer_event_id = m.layer_event_id
group by
    l.company_id, l.commitment, l.item_number, m.layer_event_id, y.layer_no, m.track, m.entry_date, m.job, m.extra,
    m.cost_code, m.category
having sum(m.units) <> 0 or sum(m.amount) <> 0
