-- A company's totals at the end of its last month; one row, none for a company without movements.
select
    j.company_id,
    j.period as through_period,
    sum(j.amount_committed) as amount_committed,
    sum(j.amount_received) as amount_received,
    sum(j.amount_allocated) as amount_allocated,
    sum(j.amount_installed) as amount_installed,
    sum(j.amount_wasted) as amount_wasted,
    sum(j.amount_on_hand) as amount_on_hand,
    sum(j.amount_open_commitment) as amount_open_commitment,
    sum(j.amount_invoiced) as amount_invoiced,
    sum(j.amount_sage_job_cost) as amount_sage_job_cost,
    sum(j.amount_posted_by_runblu) as amount_posted_by_runblu,
    sum(j.amount_expected_in_sage) as amount_expected_in_sage,
    sum(j.amount_in_flight) as amount_in_flight,
    sum(j.amount_difference) as amount_difference
from mart.job_cost_by_period as j
where
    j.company_id = %(company_id)s
    and j.period = (
        select max(m.period)
        from mart.job_cost_by_period as m
        where m.company_id = %(company_id)s
    )
group by j.company_id, j.period
