-- What bills without units cover (docs/decisions/0012), from a day to before another one; one row per line, bill and
-- day on which that changes.
create temporary table price_cover on commit drop as
select
    v.commitment,
    v.item_number,
    v.bill,
    v.day,
    lead(v.day, 1, date 'infinity') over by_day as next_day,
    v.units,
    v.units - lag(v.units, 1, 0::numeric) over by_day as units_change
from ledger.bill_cover(%(company_id)s) as v
window by_day as (partition by v.commitment, v.item_number, v.bill order by v.day)
