-- How each PO line stands at the end of every day on which it moves: received (with what is paid for though rejected or
-- returned: paid_for), invoiced (with what bills without units cover). Only lines that accrue (policy receipt), and
-- those with invoices. Where price variance stays in clearing, only lines with units paid for though not kept, and
-- those of which all that came went back: what is billed for these is cost all the same.
create temporary table price_day on commit drop as
with policy as (
    select
        p.commitment,
        p.item_number,
        bool_or(p.policy = 'receipt') as is_accrued
    from ledger.line_policy as p
    where
        p.company_id = %(company_id)s
        and (
            p.policy = 'receipt'
            or (
                p.policy = 'installation'
                and (
                    p.is_price_posted
                    or exists (
                        select
                        from ledger.layer_movement as m
                        where
                            m.company_id = p.company_id and m.commitment = p.commitment
                            and m.item_number = p.item_number and m.track = 'R'
                    )
                    or exists (
                        select
                        from ledger.layer_movement as m
                        where
                            m.company_id = p.company_id and m.commitment = p.commitment
                            and m.item_number = p.item_number and m.track = 'Q' and m.units < 0
                            and (
                                select sum(u.units)
                                from ledger.layer_movement as u
                                where
                                    u.company_id = m.company_id and u.commitment = m.commitment
                                    and u.item_number = m.item_number and u.track = 'Q'
                                    and u.entry_date <= m.entry_date
                            ) = 0
                    )
                )
            )
        )
    group by p.commitment, p.item_number
),

wanted as (
    select
        p.commitment,
        p.item_number,
        p.is_accrued
    from policy as p
    where
        p.is_accrued
        or exists (
            select
            from price_row as r
            where r.commitment = p.commitment and r.item_number = p.item_number
        )
),

facts as (
    select
        m.commitment,
        m.item_number,
        m.entry_date as day,
        case when m.track = 'C' then 0 else m.units end as units_received,
        case when m.track = 'R' then m.units else 0 end as units_paid_for,
        m.amount as amount_received,
        0 as units_invoiced
    from ledger.layer_movement as m
    inner join wanted as w on w.commitment = m.commitment and w.item_number = m.item_number
    where m.company_id = %(company_id)s
    union all
    select
        r.commitment,
        r.item_number,
        r.day,
        0 as units_received,
        0 as units_paid_for,
        0 as amount_received,
        r.units as units_invoiced
    from price_row as r
    inner join wanted as w on w.commitment = r.commitment and w.item_number = r.item_number
    union all
    select
        v.commitment,
        v.item_number,
        v.day,
        0 as units_received,
        0 as units_paid_for,
        0 as amount_received,
        v.units_change as units_invoiced
    from price_cover as v
    inner join wanted as w on w.commitment = v.commitment and w.item_number = v.item_number
),

daily as (
    select
        f.commitment,
        f.item_number,
        f.day,
        sum(f.units_received) as units_received,
        sum(f.units_paid_for) as units_paid_for,
        sum(f.amount_received) as amount_received,
        sum(f.units_invoiced) as units_invoiced
    from facts as f
    group by f.commitment, f.item_number, f.day
)

select
    d.commitment,
    d.item_number,
    d.day,
    lead(d.day) over by_day as next_day,
    sum(d.units_received) over by_day as units_received,
    sum(d.units_paid_for) over by_day as units_paid_for,
    sum(d.amount_received) over by_day as amount_received,
    sum(d.units_invoiced) over by_day as units_invoiced
from daily as d
window by_day as (partition by d.commitment, d.item_number order by d.day)
