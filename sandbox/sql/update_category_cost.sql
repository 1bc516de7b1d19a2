-- Moves the job-to-date cost of categories by the effects; grain: one category.
update JCM_MASTER__CATEGORY
set JTD_Cost = money(cents(JTD_Cost) + e.Amount)
from (
    select Job, Extra, Cost_Code, Category, sum(Amount) as Amount
    from posting_effect
    group by Job, Extra, Cost_Code, Category
) as e
where
    JCM_MASTER__CATEGORY.Job = e.Job and JCM_MASTER__CATEGORY.Extra = e.Extra
    and JCM_MASTER__CATEGORY.Cost_Code = e.Cost_Code and JCM_MASTER__CATEGORY.Category = e.Category
