-- Moves the approved changes of a commitment by a change order; grain: one commitment.
update JCM_MASTER__COMMITMENT
set Approved_Changes = money(cents(Approved_Changes) + (
    select sum(cents(c.Amount))
    from JCM_MASTER__COMMITMENT_CO_ITEM as c
    where c.Commitment = :commitment and c.Commitment_CO = :number
))
where Commitment = :commitment
