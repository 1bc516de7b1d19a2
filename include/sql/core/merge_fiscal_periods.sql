-- Land the status of fiscal periods of one transfer; one row per period, application. Rows that do not differ are not
-- touched.
merge into core.fiscal_period as t
using (
    select
        "Period" as period,
        "Application" as application,
        "Status" as status
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.period = a.period
        and t.application = a.application
when matched and
row(t.status)
is distinct from row(a.status)
then
    update
        set
            status = a.status,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, period, application, status, transfer_id
    )
    values (
        %(company_id)s, a.period, a.application, a.status, %(transfer_id)s
    )
