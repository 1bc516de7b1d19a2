-- Cost codes of each job; one row per job and code.
insert into core.cost_code (
    company_id, job, extra, cost_code, description, is_group, status, accumulate_as, unit, cost_account, transfer_id
)
select
    j.company_id,
    j.job,
    '' as extra,
    '03 ' || lpad(c::text, 2, '0') || ' 00' as cost_code,
    'Code' as description,
    false as is_group,
    'In progress' as status,
    'Material' as accumulate_as,
    'EA' as unit,
    '5-1000' as cost_account,
    0 as transfer_id
from core.job as j
cross join generate_series(1, %(codes)s::integer) as c
where j.company_id = %(company_id)s
