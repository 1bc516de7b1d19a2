-- Land standard categories of one transfer; one row per category. Rows that do not differ are not touched.
merge into core.standard_category as t
using (
    select
        "Category" as category,
        coalesce("Description", '') as description,
        coalesce("Accumulate_As", '') as accumulate_as
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.category = a.category
when matched and
row(t.description, t.accumulate_as)
is distinct from row(a.description, a.accumulate_as)
then
    update
        set
            description = a.description,
            accumulate_as = a.accumulate_as,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, category, description, accumulate_as, transfer_id
    )
    values (
        %(company_id)s, a.category, a.description, a.accumulate_as, %(transfer_id)s
    )
