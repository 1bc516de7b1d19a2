-- Land extras of jobs of one transfer; one row per job, extra. Rows that do not differ are not touched.
merge into core.extra as t
using (
    select
        "Job" as job,
        "Extra" as extra,
        coalesce("Description", '') as description,
        coalesce("Status", '') as status
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.job = a.job
        and t.extra = a.extra
when matched and
row(t.description, t.status)
is distinct from row(a.description, a.status)
then
    update
        set
            description = a.description,
            status = a.status,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, job, extra, description, status, transfer_id
    )
    values (
        %(company_id)s, a.job, a.extra, a.description, a.status, %(transfer_id)s
    )
