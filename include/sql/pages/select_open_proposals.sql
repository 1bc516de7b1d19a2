-- Changes of mappings that wait for a decision, oldest first; one row per proposal. run_id: the Airflow run that asks.
select
    p.proposal_no,
    p.company_id,
    p.material_class,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    p.effective_from,
    p.effective_to,
    p.proposed_by,
    now() - p.proposed_at as age,
    substr(p.origin, length('Airflow run ') + 1) as run_id,
    starts_with(p.origin, 'Airflow run ') as is_asked
from core.mapping_proposal as p
where p.state = 'open' and (%(company_id)s = '' or p.company_id = %(company_id)s)
order by p.proposal_no
limit 100
