-- Category M of each cost code; one row per code.
insert into core.category (
    company_id, job, extra, cost_code, category, description, status, accumulate_as, unit, cost_account, transfer_id
)
select
    c.company_id,
    c.job,
    c.extra,
    c.cost_code,
    'M' as category,
    '' as description,
    'In progress' as status,
    'Material' as accumulate_as,
    'EA' as unit,
    '' as cost_account,
    0 as transfer_id
from core.cost_code as c
where c.company_id = %(company_id)s
