-- Evidence: from the month signed last to this one, for both bridges and the accounts; one row per statement and
-- component, movements by their size.
select
    f.statement,
    f.opening_period,
    f.component,
    f.units,
    f.amount
from mart.roll_forward as f
where f.company_id = %(company_id)s and f.period = %(period)s
order by
    array_position(array['quantity', 'cost'], f.statement) asc,
    f.statement asc,
    f.place asc,
    abs(f.amount) desc,
    f.component asc
