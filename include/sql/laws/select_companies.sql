-- The companies there are, or the one wanted; one row per company.
select c.company_id
from core.company as c
where %(company_id)s::text is null or c.company_id = %(company_id)s
order by c.company_id
