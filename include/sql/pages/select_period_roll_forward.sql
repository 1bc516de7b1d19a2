-- From the month signed last to one company's month; one row per statement and component, in the order they are read.
select
    f.statement,
    f.opening_period,
    f.component,
    f.place,
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
