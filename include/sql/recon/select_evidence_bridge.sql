-- Evidence: both bridges of the proof by codes; one row per bridge, codes, role and component.
select
    v.bridge,
    v.job,
    v.extra,
    v.cost_code,
    v.category,
    v.role,
    v.component,
    sum(v.amount) as amount
from recon.variance as v
where v.company_id = %(company_id)s and v.period = %(period)s and v.run_no = %(run_no)s
group by v.bridge, v.job, v.extra, v.cost_code, v.category, v.role, v.component
order by v.bridge desc, v.job asc, v.extra asc, v.cost_code asc, v.category asc, v.role asc, v.component asc
