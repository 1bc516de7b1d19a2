-- Environment of a company: a part of every file name; one row or none.
select c.environment
from core.company as c
where c.company_id = %(company_id)s
