-- Gives the posted AP rows of an invoice and whether their codes and line still carry an amount; grain: one distribution.
select
    *,
    sum(cents(Amount)) over (
        partition by Job, Extra, Cost_Code, Category, Commitment, Commitment_Line_Item, Tax_ID, Debit_Account
    ) <> 0 as Is_Standing
from JCT_CURRENT__TRANSACTION
where Transaction_Type = 'AP cost' and Vendor = :vendor and Invoice = :invoice
order by Dist_Sequence, Run, Sequence
