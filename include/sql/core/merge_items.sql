-- Land standard items of one transfer; one row per standard item. Rows that do not differ are not touched.
merge into core.item as t
using (
    select
        "Standard_Item" as standard_item,
        coalesce("Description", '') as description,
        coalesce("Stocking_Unit", '') as unit,
        coalesce("Material_Class", '') as material_class,
        "Standard_Cost"::numeric(18, 6) as unit_cost_standard
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.standard_item = a.standard_item
when matched and
row(t.description, t.unit, t.material_class, t.unit_cost_standard)
is distinct from row(a.description, a.unit, a.material_class, a.unit_cost_standard)
then
    update
        set
            description = a.description,
            unit = a.unit,
            material_class = a.material_class,
            unit_cost_standard = a.unit_cost_standard,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, standard_item, description, unit, material_class, unit_cost_standard, transfer_id
    )
    values (
        %(company_id)s, a.standard_item, a.description, a.unit, a.material_class, a.unit_cost_standard,
        %(transfer_id)s
    )
