-- Enters what a change order does to a line; grain: one line of one change order.
insert into JCM_MASTER__COMMITMENT_CO_ITEM (
    Commitment, Commitment_CO, Item, Description, Units, Unit_Cost, Amount
) values (:Commitment, :Commitment_CO, :Item, :Description, :Units, :Unit_Cost, :Amount)
