-- Relieves commitments by the AP cost that quotes their lines; grain: one commitment.
update JCM_MASTER__COMMITMENT
set Amount_Invoiced = money(cents(Amount_Invoiced) + e.Amount)
from (
    select Commitment, sum(Amount) as Amount
    from posting_effect
    where Relieves
    group by Commitment
) as e
where JCM_MASTER__COMMITMENT.Commitment = e.Commitment
