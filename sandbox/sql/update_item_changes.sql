-- Moves the approved changes of commitment lines by a change order; grain: one line.
update JCM_MASTER__COMMITMENT_ITEM
set Approved_Changes = money(cents(JCM_MASTER__COMMITMENT_ITEM.Approved_Changes) + cents(c.Amount))
from JCM_MASTER__COMMITMENT_CO_ITEM as c
where
    c.Commitment = :commitment and c.Commitment_CO = :number
    and JCM_MASTER__COMMITMENT_ITEM.Commitment = c.Commitment and JCM_MASTER__COMMITMENT_ITEM.Item = c.Item
