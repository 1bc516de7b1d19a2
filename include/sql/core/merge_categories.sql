-- Land categories of cost codes of one transfer; one row per job, extra, cost code, category. Rows that do not differ
-- are not touched.
merge into core.category as t
using (
    select
        "Job" as job,
        coalesce("Extra", '') as extra,
        "Cost_Code" as cost_code,
        "Category" as category,
        coalesce("Description", '') as description,
        "Status" as status,
        coalesce("Accumulate_As", '') as accumulate_as,
        coalesce("Cost_Unit_Description", '') as unit,
        coalesce("Cost_Account", '') as cost_account,
        "Original_Estimate"::numeric(14, 2) as amount_original_estimate,
        "JTD_Cost"::numeric(14, 2) as amount_job_to_date_cost
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.job = a.job
        and t.extra = a.extra
        and t.cost_code = a.cost_code
        and t.category = a.category
when matched and
row(
    t.description, t.status, t.accumulate_as, t.unit, t.cost_account, t.amount_original_estimate,
    t.amount_job_to_date_cost
)
is distinct from row(
    a.description, a.status, a.accumulate_as, a.unit, a.cost_account, a.amount_original_estimate,
    a.amount_job_to_date_cost
)
then
    update
        set
            description = a.description,
            status = a.status,
            accumulate_as = a.accumulate_as,
            unit = a.unit,
            cost_account = a.cost_account,
            amount_original_estimate = a.amount_original_estimate,
            amount_job_to_date_cost = a.amount_job_to_date_cost,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, job, extra, cost_code, category, description, status, accumulate_as, unit, cost_account,
        amount_original_estimate, amount_job_to_date_cost, transfer_id
    )
    values (
        %(company_id)s, a.job, a.extra, a.cost_code, a.category, a.description, a.status, a.accumulate_as,
        a.unit, a.cost_account, a.amount_original_estimate, a.amount_job_to_date_cost, %(transfer_id)s
    )
