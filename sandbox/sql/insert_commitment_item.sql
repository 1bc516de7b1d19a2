-- Enters a commitment line as first ordered; grain: one line.
insert into JCM_MASTER__COMMITMENT_ITEM (
    Commitment, Item, Description, Job, Extra, Cost_Code, Category, Standard_Item, Units, Unit_Cost, Unit_Description,
    Amount, Approved_Changes
) values (
    :Commitment, :Item, :Description, :Job, '', :Cost_Code, :Category, :Standard_Item, :Units, :Unit_Cost,
    :Unit_Description, :Amount, :Approved_Changes
)
