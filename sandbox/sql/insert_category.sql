-- Sets up a category of a cost code; grain: one category.
insert into JCM_MASTER__CATEGORY (
    Job, Extra, Cost_Code, Category, Description, Status, Accumulate_As, Cost_Unit_Description, Cost_Account,
    Original_Estimate
) values (
    :Job, '', :Cost_Code, :Category, :Description, :Status, :Accumulate_As, :Cost_Unit_Description, :Cost_Account,
    :Original_Estimate
)
