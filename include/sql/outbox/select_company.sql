-- What sealing and sending need to know of a company; one row.
select
    c.company_id,
    c.environment,
    c.time_zone,
    c.file_encoding,
    c.policy,
    c.profile,
    to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as now_text
from core.company as c
where c.company_id = %(company_id)s
