-- How far a resource was read; one row, or none before the first reading.
select version
from landing.hosted_cursor
where company_id = %(company_id)s and resource = %(resource)s
