-- Land cost codes of jobs of one transfer; one row per job, extra, cost code. Rows that do not differ are not touched.
merge into core.cost_code as t
using (
    select
        "Job" as job,
        coalesce("Extra", '') as extra,
        "Cost_Code" as cost_code,
        coalesce("Description", '') as description,
        lower(coalesce("Group_Cost_Code", '0')) in ('1', 'true') as is_group,
        "Status" as status,
        coalesce("Accumulate_As", '') as accumulate_as,
        coalesce("Cost_Unit_Description", '') as unit,
        coalesce("Cost_Account", '') as cost_account,
        "Original_Estimate"::numeric(14, 2) as amount_original_estimate,
        "JTD_Cost"::numeric(14, 2) as amount_job_to_date_cost,
        "Revised_Commitment"::numeric(14, 2) as amount_revised_commitment,
        "Commitment_Invoiced"::numeric(14, 2) as amount_commitment_invoiced
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.job = a.job
        and t.extra = a.extra
        and t.cost_code = a.cost_code
when matched and
row(
    t.description, t.is_group, t.status, t.accumulate_as, t.unit, t.cost_account,
    t.amount_original_estimate, t.amount_job_to_date_cost, t.amount_revised_commitment,
    t.amount_commitment_invoiced
)
is distinct from row(
    a.description, a.is_group, a.status, a.accumulate_as, a.unit, a.cost_account,
    a.amount_original_estimate, a.amount_job_to_date_cost, a.amount_revised_commitment,
    a.amount_commitment_invoiced
)
then
    update
        set
            description = a.description,
            is_group = a.is_group,
            status = a.status,
            accumulate_as = a.accumulate_as,
            unit = a.unit,
            cost_account = a.cost_account,
            amount_original_estimate = a.amount_original_estimate,
            amount_job_to_date_cost = a.amount_job_to_date_cost,
            amount_revised_commitment = a.amount_revised_commitment,
            amount_commitment_invoiced = a.amount_commitment_invoiced,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, job, extra, cost_code, description, is_group, status, accumulate_as, unit, cost_account,
        amount_original_estimate, amount_job_to_date_cost, amount_revised_commitment,
        amount_commitment_invoiced, transfer_id
    )
    values (
        %(company_id)s, a.job, a.extra, a.cost_code, a.description, a.is_group, a.status, a.accumulate_as,
        a.unit, a.cost_account, a.amount_original_estimate, a.amount_job_to_date_cost,
        a.amount_revised_commitment, a.amount_commitment_invoiced, %(transfer_id)s
    )
