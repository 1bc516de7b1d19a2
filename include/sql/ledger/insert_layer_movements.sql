-- What moves on the layers of the lines at work, by day: units and value (Q), consumption by codes (C); one row per
-- layer, track, day and codes. Units rejected or returned with disposition pay are a layer of their own (R), right
-- behind the one they came from: worth nothing by the PO and consumed at once, so that what is billed for them is cost.
with layer as (
    select
        w.line_no,
        w.layer_event_id,
        min(w.k) * 2 as layer_no
    from work_layer as w
    group by w.line_no, w.layer_event_id
),

paid_for as (
    select
        s.line_no,
        coalesce(u.event_id, e.event_id) as layer_event_id,
        y.layer_no + 1 as layer_no,
        s.entry_date,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        -s.units as units
    from work_step as s
    inner join work_line as l on l.line_no = s.line_no
    inner join ledger.material_event as e on e.company_id = l.company_id and e.event_id = s.event_id
    left join ledger.material_event as u
        on e.event_type = 'reversed' and u.company_id = e.company_id and u.event_id = e.reverses_event_id
    inner join layer as y on y.line_no = s.line_no and y.layer_event_id = s.layer_event_id
    where
        s.track = 'Q' and coalesce(u.event_type, e.event_type) in ('rejected', 'returned')
        and coalesce(u.disposition, e.disposition) = 'pay'
),

moves as (
    select
        p.line_no,
        p.layer_event_id,
        p.layer_no,
        w.track,
        p.entry_date,
        case w.track when 'C' then p.job else '' end as job,
        case w.track when 'C' then p.extra else '' end as extra,
        case w.track when 'C' then p.cost_code else '' end as cost_code,
        case w.track when 'C' then p.category else '' end as category,
        p.units,
        0 as amount
    from paid_for as p
    cross join (values ('R'), ('C')) as w (track)
    union all
    select
        w.line_no,
        w.layer_event_id,
        y.layer_no,
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
    inner join layer as y on y.line_no = w.line_no and y.layer_event_id = w.layer_event_id
    union all
    select
        s.line_no,
        s.layer_event_id,
        y.layer_no,
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
    inner join layer as y on y.line_no = s.line_no and y.layer_event_id = s.layer_event_id
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
    m.layer_no,
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
group by
    l.company_id, l.commitment, l.item_number, m.layer_event_id, m.layer_no, m.track, m.entry_date, m.job, m.extra,
    m.cost_code, m.category
having sum(m.units) <> 0 or sum(m.amount) <> 0
