-- Sets up a standard cost code; grain: one code.
insert into JCM_MASTER__STANDARD_COST_CODE (
    Cost_Code, Description, Group_Cost_Code, Accumulate_As, Cost_Unit_Description
) values (:Cost_Code, :Description, :Group_Cost_Code, :Accumulate_As, :Cost_Unit_Description)
