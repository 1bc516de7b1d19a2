-- Moves the job-to-date cost of cost codes by the effects; grain: one cost code.
update JCM_MASTER__COST_CODE
set JTD_Cost = money(cents(JTD_Cost) + e.Amount)
from (
    select Job, Extra, Cost_Code, sum(Amount) as Amount
    from posting_effect
    group by Job, Extra, Cost_Code
) as e
where
    JCM_MASTER__COST_CODE.Job = e.Job and JCM_MASTER__COST_CODE.Extra = e.Extra
    and JCM_MASTER__COST_CODE.Cost_Code = e.Cost_Code
