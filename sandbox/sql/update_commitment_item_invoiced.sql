-- Relieves commitment lines by the AP cost that quotes them; grain: one line.
update JCM_MASTER__COMMITMENT_ITEM
set
    Amount_Invoiced = money(cents(Amount_Invoiced) + e.Amount),
    Units_Invoiced = units(parts(Units_Invoiced) + e.Units)
from (
    select Commitment, Item, sum(Amount) as Amount, sum(Units) as Units
    from posting_effect
    where Relieves
    group by Commitment, Item
) as e
where JCM_MASTER__COMMITMENT_ITEM.Commitment = e.Commitment and JCM_MASTER__COMMITMENT_ITEM.Item = e.Item
