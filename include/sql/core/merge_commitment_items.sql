-- Land commitment items (PO lines) of one transfer; one row per commitment, item number. Rows that do not differ are
-- not touched.
merge into core.commitment_item as t
using (
    select
        "Commitment" as commitment,
        "Item"::integer as item_number,
        coalesce("Description", '') as description,
        coalesce("Job", '') as job,
        coalesce("Extra", '') as extra,
        coalesce("Cost_Code", '') as cost_code,
        coalesce("Category", '') as category,
        coalesce("Standard_Item", '') as standard_item,
        coalesce("Units", '0')::numeric(18, 4) as units,
        coalesce("Unit_Cost", '0')::numeric(18, 6) as unit_cost,
        coalesce("Unit_Description", '') as unit,
        coalesce("Amount", '0')::numeric(14, 2) as amount,
        coalesce("Tax", '0')::numeric(14, 2) as amount_tax,
        coalesce("Approved_Changes", '0')::numeric(14, 2) as amount_approved_changes,
        coalesce("Amount_Invoiced", '0')::numeric(14, 2) as amount_invoiced,
        coalesce("Units_Invoiced", '0')::numeric(18, 4) as units_invoiced
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.commitment = a.commitment
        and t.item_number = a.item_number
when matched and
row(
    t.description, t.job, t.extra, t.cost_code, t.category, t.standard_item, t.units, t.unit_cost, t.unit,
    t.amount, t.amount_tax, t.amount_approved_changes, t.amount_invoiced, t.units_invoiced
)
is distinct from row(
    a.description, a.job, a.extra, a.cost_code, a.category, a.standard_item, a.units, a.unit_cost, a.unit,
    a.amount, a.amount_tax, a.amount_approved_changes, a.amount_invoiced, a.units_invoiced
)
then
    update
        set
            description = a.description,
            job = a.job,
            extra = a.extra,
            cost_code = a.cost_code,
            category = a.category,
            standard_item = a.standard_item,
            units = a.units,
            unit_cost = a.unit_cost,
            unit = a.unit,
            amount = a.amount,
            amount_tax = a.amount_tax,
            amount_approved_changes = a.amount_approved_changes,
            amount_invoiced = a.amount_invoiced,
            units_invoiced = a.units_invoiced,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, commitment, item_number, description, job, extra, cost_code, category, standard_item,
        units, unit_cost, unit, amount, amount_tax, amount_approved_changes, amount_invoiced, units_invoiced,
        transfer_id
    )
    values (
        %(company_id)s, a.commitment, a.item_number, a.description, a.job, a.extra, a.cost_code, a.category,
        a.standard_item, a.units, a.unit_cost, a.unit, a.amount, a.amount_tax, a.amount_approved_changes,
        a.amount_invoiced, a.units_invoiced, %(transfer_id)s
    )
