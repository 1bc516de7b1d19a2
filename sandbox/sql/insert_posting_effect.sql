-- Adds what the chosen posted rows do, or undoes it (:sign = -1); grain: one transaction.
-- Only AP cost that names a commitment and its line relieves the commitment.
insert into posting_effect
select
    t.Job, t.Extra, t.Cost_Code, t.Category, :sign * cents(t.Amount), :sign * parts(t.Units),
    t.Transaction_Type = 'AP cost' and t.Commitment <> '' and t.Commitment_Line_Item is not null, t.Commitment,
    t.Commitment_Line_Item, t.Debit_Account, t.Credit_Account, t.Transaction_Date, t.Accounting_Date, t.Description,
    t.Application_of_Origin, t.Batch
from posting_choice as c
inner join JCT_CURRENT__TRANSACTION as t on c.Row_ID = t.Row_ID
order by c.Place
