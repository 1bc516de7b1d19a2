-- L4: the money follows from the facts alone: what each line received is worth its net units at the unit cost in
-- force, rounded once, whatever the order and the batches the facts came in; one row.
with received as (
    select
        v.commitment,
        v.item_number,
        sum(v.units) as units,
        sum(v.amount) as amount
    from ledger.value_entry as v
    where v.company_id = %(company_id)s and v.measure = 'received'
    group by v.commitment, v.item_number
),

valued as (
    select
        r.amount,
        ledger.round_fraction(r.units * u.numerator, u.denominator) as amount_due
    from received as r
    inner join recon.unit_cost_at(%(company_id)s, date 'infinity') as u
        on u.commitment = r.commitment and u.item_number = r.item_number
),

unvalued as (
    select count(*) as lines
    from (
        select
            t.commitment,
            t.item_number
        from ledger.touched_line as t
        where t.company_id = %(company_id)s
        group by t.commitment, t.item_number
    ) as touched
)

select
    count(*) filter (where v.amount <> v.amount_due) = 0 as holds,
    count(*) as lines_valued,
    coalesce(sum(v.amount), 0) as amount_received,
    coalesce(sum(v.amount_due), 0) as amount_by_units_and_cost,
    count(*) filter (where v.amount <> v.amount_due) as lines_off,
    max(w.lines) as lines_to_value
from unvalued as w
left join valued as v on true
