-- Moves the revised commitment of cost codes by a change order, by the codes of the lines; grain: one cost code.
update JCM_MASTER__COST_CODE
set Revised_Commitment = money(cents(Revised_Commitment) + e.Amount)
from (
    select i.Job, i.Extra, i.Cost_Code, sum(cents(c.Amount)) as Amount
    from JCM_MASTER__COMMITMENT_CO_ITEM as c
    inner join JCM_MASTER__COMMITMENT_ITEM as i on c.Commitment = i.Commitment and c.Item = i.Item
    where c.Commitment = :commitment and c.Commitment_CO = :number
    group by i.Job, i.Extra, i.Cost_Code
) as e
where
    JCM_MASTER__COST_CODE.Job = e.Job and JCM_MASTER__COST_CODE.Extra = e.Extra
    and JCM_MASTER__COST_CODE.Cost_Code = e.Cost_Code
