-- Where each cost code stands, beside Sage's own forecast, when the pack was written.
select
    e.job,
    e.job_name,
    e.extra,
    e.cost_code,
    e.cost_code_name,
    e.amount_estimate,
    e.amount_sage_job_cost,
    e.amount_to_invoice,
    e.amount_posted_by_runblu,
    e.amount_exposure,
    e.amount_sage_forecast,
    e.amount_difference
from mart.exposure as e
where e.company_id = %(company_id)s
order by e.job, e.extra, e.cost_code
