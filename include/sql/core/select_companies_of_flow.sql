-- Companies whose profile has a flow switched on; one row per company.
select company_id
from core.company
where
    coalesce((profile #>> array['flows', %(flow)s, 'is_on'])::boolean, true)
    and (%(company_id)s::text is null or company_id = %(company_id)s)
order by company_id
