-- Evidence: job cost by codes at the month's end; one row per codes.
select
    m.job,
    m.job_name,
    m.extra,
    m.cost_code,
    m.cost_code_name,
    m.category,
    m.amount_committed,
    m.amount_received,
    m.amount_allocated,
    m.amount_installed,
    m.amount_wasted,
    m.amount_on_hand,
    m.amount_open_commitment,
    m.amount_invoiced,
    m.amount_sage_job_cost,
    m.amount_posted_by_runblu,
    m.amount_expected_in_sage,
    m.amount_in_flight,
    m.amount_exposure,
    m.amount_difference
from mart.job_cost_by_period as m
where m.company_id = %(company_id)s and m.period = %(period)s
order by m.job, m.extra, m.cost_code, m.category
