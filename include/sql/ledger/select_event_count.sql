-- How many material events the ledger holds for a company; one row.
select count(*) as events
from ledger.material_event as e
where e.company_id = %(company_id)s
