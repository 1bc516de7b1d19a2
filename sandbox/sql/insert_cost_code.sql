-- Sets up a cost code on a job; grain: one cost code.
insert into JCM_MASTER__COST_CODE (
    Job, Extra, Cost_Code, Description, Group_Cost_Code, Status, Accumulate_As, Cost_Unit_Description, Cost_Account,
    Original_Estimate, Revised_Commitment
) values (
    :Job, '', :Cost_Code, :Description, :Group_Cost_Code, :Status, :Accumulate_As, :Cost_Unit_Description,
    :Cost_Account, :Original_Estimate, :Revised_Commitment
)
