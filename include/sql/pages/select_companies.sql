-- Every company with what it works by; one row per company.
select
    c.company_id,
    c.company_name,
    c.environment,
    c.policy,
    c.profile -> 'file_encoding' #>> '{}' as file_encoding,
    c.profile -> 'time_zone' #>> '{}' as time_zone
from core.company as c
order by c.company_id
