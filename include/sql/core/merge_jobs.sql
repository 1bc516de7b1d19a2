-- Land jobs of one transfer; one row per job. Rows that do not differ are not touched.
merge into core.job as t
using (
    select
        "Job" as job,
        coalesce("Description", '') as description,
        "Status" as status,
        lower(coalesce("On_Hold", '0')) in ('1', 'true') as is_on_hold,
        coalesce("Cost_Account_Prefix", '') as cost_account_prefix
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.job = a.job
when matched and
row(t.description, t.status, t.is_on_hold, t.cost_account_prefix)
is distinct from row(a.description, a.status, a.is_on_hold, a.cost_account_prefix)
then
    update
        set
            description = a.description,
            status = a.status,
            is_on_hold = a.is_on_hold,
            cost_account_prefix = a.cost_account_prefix,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, job, description, status, is_on_hold, cost_account_prefix, transfer_id
    )
    values (
        %(company_id)s, a.job, a.description, a.status, a.is_on_hold, a.cost_account_prefix, %(transfer_id)s
    )
