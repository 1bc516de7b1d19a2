-- What reconciliation needs of a company's profile; one row or none.
select
    c.company_id,
    coalesce(c.profile #>> '{tolerances,amount_materiality}', '0.01') as materiality
from core.company as c
where c.company_id = %(company_id)s
