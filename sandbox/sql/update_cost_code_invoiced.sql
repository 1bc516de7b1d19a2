-- Moves what is invoiced against commitments, by the codes of the commitment lines; grain: one cost code.
update JCM_MASTER__COST_CODE
set Commitment_Invoiced = money(cents(Commitment_Invoiced) + e.Amount)
from (
    select i.Job, i.Extra, i.Cost_Code, sum(p.Amount) as Amount
    from posting_effect as p
    inner join JCM_MASTER__COMMITMENT_ITEM as i on p.Commitment = i.Commitment and p.Item = i.Item
    where p.Relieves
    group by i.Job, i.Extra, i.Cost_Code
) as e
where
    JCM_MASTER__COST_CODE.Job = e.Job and JCM_MASTER__COST_CODE.Extra = e.Extra
    and JCM_MASTER__COST_CODE.Cost_Code = e.Cost_Code
