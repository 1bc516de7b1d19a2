-- The price variance of each layer as of each day (domain 5): what the invoices ask for the units they pay, first in
-- first out, less what those units are worth by the PO; one row per line, day and layer.
-- Onto all layers goes what a credit gives back less than was billed (a restocking fee), and what bills ask that cover
-- no units (a surcharge) or charge as many as they take back (a corrected price). Where all that came went back, no
-- unit bears it: it stands on the last layer, of no units, as paid for though nothing was kept.
create temporary table price_layer on commit drop as
with layer as (
    select
        d.commitment,
        d.item_number,
        d.day,
        m.layer_event_id,
        m.layer_no,
        bool_or(m.track = 'R') as is_paid_for,
        greatest(least(max(d.units_invoiced), max(d.units_received)), 0) as units_payable,
        greatest(max(d.units_invoiced), 0) as units_invoiced,
        sum(m.units) as units,
        sum(m.amount) as amount
    from price_day as d
    inner join ledger.layer_movement as m
        on
            m.company_id = %(company_id)s and m.commitment = d.commitment and m.item_number = d.item_number
            and m.track in ('Q', 'R') and m.entry_date <= d.day
    group by d.commitment, d.item_number, d.day, m.layer_event_id, m.layer_no
),

placed as (
    select
        y.*,
        least(sum(y.units) over up_to - y.units, y.units_payable) as paid_from,
        least(sum(y.units) over up_to, y.units_payable) as paid_to
    from layer as y
    window up_to as (partition by y.commitment, y.item_number, y.day order by y.layer_no)
),

paid as (
    select
        p.commitment,
        p.item_number,
        p.day,
        p.layer_event_id,
        p.layer_no,
        p.is_paid_for,
        p.units,
        p.amount,
        p.paid_to - p.paid_from as units_paid,
        ledger.layer_share(p.amount, p.units, p.paid_to - p.paid_from) as amount_paid,
        coalesce(b.amount, 0) as amount_billed
    from placed as p
    left join lateral (
        select
            sum(
                ledger.layer_share(s.amount, s.units, greatest(least(p.paid_to, s.units_cap) - s.units_below, 0))
                - ledger.layer_share(s.amount, s.units, greatest(least(p.paid_from, s.units_cap) - s.units_below, 0))
            ) as amount
        from price_stack as s
        where
            s.commitment = p.commitment and s.item_number = p.item_number and s.day = p.day and not s.is_credit
    ) as b on true
),

credit as (
    select
        d.commitment,
        d.item_number,
        d.day,
        -- Billed for the units that credits took off the top, less what the credits gave for them.
        coalesce(sum(s.amount) filter (where s.units = 0), 0)
        + case
            when max(d.units_invoiced) < 0 then 0
            else
                coalesce(
                    sum(
                        s.amount
                        - ledger.layer_share(
                            s.amount, s.units, greatest(least(d.units_invoiced, s.units_cap) - s.units_below, 0)
                        )
                        + ledger.layer_share(s.amount, s.units, greatest(least(0, s.units_cap) - s.units_below, 0))
                    ) filter (where not s.is_credit),
                    0
                )
                + coalesce(sum(s.amount) filter (where s.is_credit and s.units < 0), 0)
        end as amount_kept
    from price_day as d
    inner join price_stack as s
        on s.commitment = d.commitment and s.item_number = d.item_number and s.day = d.day
    group by d.commitment, d.item_number, d.day
),

spread as (
    select
        p.*,
        coalesce(c.amount_kept, 0) as amount_kept,
        sum(p.units) over (
            partition by p.commitment, p.item_number, p.day order by p.layer_no
        ) as units_up_to,
        sum(p.units) over (partition by p.commitment, p.item_number, p.day) as units_in_all,
        max(p.layer_no) over (partition by p.commitment, p.item_number, p.day) as last_layer_no
    from paid as p
    left join credit as c on c.commitment = p.commitment and c.item_number = p.item_number and c.day = p.day
)

select
    s.commitment,
    s.item_number,
    s.day,
    s.layer_event_id,
    s.is_paid_for or s.units_in_all = 0 as is_paid_for,
    s.units,
    s.amount_billed - s.amount_paid
    + ledger.layer_share(s.amount_kept, s.units_in_all, s.units_up_to)
    - ledger.layer_share(s.amount_kept, s.units_in_all, s.units_up_to - s.units)
    + case when s.units_in_all = 0 and s.layer_no = s.last_layer_no then s.amount_kept else 0 end as amount
from spread as s
