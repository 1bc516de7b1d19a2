-- Cost in Sage by job and codes at the end of a company's last month, as our mart says it; one row per codes.
select
    array[j.job, j.extra, j.cost_code, j.category] as codes,
    j.amount_sage_job_cost as amount
from mart.job_cost_by_period as j
where
    j.company_id = %(company_id)s
    and j.period = (
        select max(m.period)
        from mart.job_cost_by_period as m
        where m.company_id = %(company_id)s
    )
