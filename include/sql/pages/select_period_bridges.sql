-- Both bridges of one company and month, all jobs together; one row per component, in the order they are read.
select
    v.bridge,
    v.component,
    v.role,
    sum(v.units) as units,
    sum(v.amount) as amount
from mart.period_variance as v
where v.company_id = %(company_id)s and v.period = %(period)s
group by v.bridge, v.component, v.role
order by v.bridge desc, array_position(array['start', 'step', 'end', 'residual'], v.role), abs(sum(v.amount)) desc
