-- The residual of each bridge per key: end less start less every step. A start or end that has no row is nothing.
insert into recon.variance (
    run_no, company_id, period, job, extra, cost_code, category, commitment, item_number, bridge, component, role,
    units, amount
)
select
    v.run_no,
    v.company_id,
    v.period,
    v.job,
    v.extra,
    v.cost_code,
    v.category,
    v.commitment,
    v.item_number,
    v.bridge,
    'residual' as component,
    'residual' as role,
    sum(case v.role when 'end' then v.units else -v.units end) as units,
    sum(case v.role when 'end' then v.amount else -v.amount end) as amount
from recon.variance as v
where v.company_id = %(company_id)s and v.period = %(period)s and v.run_no = %(run_no)s
group by
    v.run_no, v.company_id, v.period, v.job, v.extra, v.cost_code, v.category, v.commitment, v.item_number, v.bridge
