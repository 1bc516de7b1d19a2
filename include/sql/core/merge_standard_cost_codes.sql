-- Land standard cost codes of one transfer; one row per cost code. Rows that do not differ are not touched.
merge into core.standard_cost_code as t
using (
    select
        "Cost_Code" as cost_code,
        coalesce("Description", '') as description,
        lower(coalesce("Group_Cost_Code", '0')) in ('1', 'true') as is_group,
        coalesce("Accumulate_As", '') as accumulate_as,
        coalesce("Cost_Unit_Description", '') as unit
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.cost_code = a.cost_code
when matched and
row(t.description, t.is_group, t.accumulate_as, t.unit)
is distinct from row(a.description, a.is_group, a.accumulate_as, a.unit)
then
    update
        set
            description = a.description,
            is_group = a.is_group,
            accumulate_as = a.accumulate_as,
            unit = a.unit,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, cost_code, description, is_group, accumulate_as, unit, transfer_id
    )
    values (
        %(company_id)s, a.cost_code, a.description, a.is_group, a.accumulate_as, a.unit, %(transfer_id)s
    )
