-- Land items of commitment change orders of one transfer; one row per commitment, change order, item number. Rows
-- that do not differ are not touched.
merge into core.change_order_item as t
using (
    select
        "Commitment" as commitment,
        "Commitment_CO" as change_order,
        "Item"::integer as item_number,
        coalesce("Units", '0')::numeric(18, 4) as units,
        "Unit_Cost"::numeric(18, 6) as unit_cost,
        coalesce("Amount", '0')::numeric(14, 2) as amount
    from landable
) as a
    on
        t.company_id = %(company_id)s
        and t.commitment = a.commitment
        and t.change_order = a.change_order
        and t.item_number = a.item_number
when matched and
row(t.units, t.unit_cost, t.amount)
is distinct from row(a.units, a.unit_cost, a.amount)
then
    update
        set
            units = a.units,
            unit_cost = a.unit_cost,
            amount = a.amount,
            transfer_id = %(transfer_id)s
when not matched then
    insert (
        company_id, commitment, change_order, item_number, units, unit_cost, amount, transfer_id
    )
    values (
        %(company_id)s, a.commitment, a.change_order, a.item_number, a.units, a.unit_cost, a.amount,
        %(transfer_id)s
    )
