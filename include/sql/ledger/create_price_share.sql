-- The share of each layer's price variance that is consumed, by codes, as of each day: after c of n units are consumed,
-- round(variance x c / n, 2) of it is; one row per line, day, codes and whether the units were paid for though not
-- kept (is_paid_for). What a layer without units bears, the fee on a line returned in full, is cost of the line's
-- codes.
create temporary table price_share on commit drop as
with drawn as (
    select
        p.commitment,
        p.item_number,
        p.day,
        p.is_paid_for,
        p.amount,
        p.units as layer_units,
        m.job,
        m.extra,
        m.cost_code,
        m.category,
        m.units,
        sum(m.units) over (
            partition by p.commitment, p.item_number, p.day, p.layer_event_id
            order by m.entry_date, m.job, m.extra, m.cost_code, m.category
        ) as units_up_to
    from price_layer as p
    inner join ledger.layer_movement as m
        on
            m.company_id = %(company_id)s and m.commitment = p.commitment and m.item_number = p.item_number
            and m.layer_event_id = p.layer_event_id and m.track = 'C' and m.entry_date <= p.day
    where p.amount <> 0 and p.units > 0
),

consumed as (
    select
        d.commitment,
        d.item_number,
        d.day,
        d.job,
        d.extra,
        d.cost_code,
        d.category,
        d.is_paid_for,
        ledger.layer_share(d.amount, d.layer_units, d.units_up_to)
        - ledger.layer_share(d.amount, d.layer_units, d.units_up_to - d.units) as amount
    from drawn as d
    union all
    select
        p.commitment,
        p.item_number,
        p.day,
        i.job,
        i.extra,
        i.cost_code,
        i.category,
        p.is_paid_for,
        p.amount
    from price_layer as p
    inner join core.commitment_item as i
        on i.company_id = %(company_id)s and i.commitment = p.commitment and i.item_number = p.item_number
    where p.amount <> 0 and p.units = 0
)

select
    d.commitment,
    d.item_number,
    d.day,
    d.job,
    d.extra,
    d.cost_code,
    d.category,
    d.is_paid_for,
    sum(d.amount) as amount
from consumed as d
group by d.commitment, d.item_number, d.day, d.job, d.extra, d.cost_code, d.category, d.is_paid_for
