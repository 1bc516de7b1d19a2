-- Both bridges of one company and month, all jobs together; one row per component, in the order they are read. As
-- mart.period_variance, of the month's run alone: the view would read those of all months first.
select
    v.bridge,
    v.component,
    v.role,
    sum(v.units) as units,
    sum(v.amount) as amount
from recon.current_run as r
inner join recon.variance as v on v.company_id = r.company_id and v.period = r.period and v.run_no = r.run_no
where r.company_id = %(company_id)s and r.period = %(period)s
group by v.bridge, v.component, v.role
order by v.bridge desc, array_position(array['start', 'step', 'end', 'residual'], v.role), abs(sum(v.amount)) desc
