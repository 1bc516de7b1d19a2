-- Posts the chosen entries: new run and sequence, a new version, everything else as entered; grain: one transaction.
-- The row ids to post stand in the temporary table posting_choice with their places.
insert into JCT_CURRENT__TRANSACTION (
    Row_ID, Run, Sequence, Job, Extra, Cost_Code, Category, Transaction_Type, Transaction_Date, Accounting_Date,
    Description, Units, Unit_Cost, Amount, Debit_Account, Credit_Account, Application_of_Origin, Batch, Vendor,
    Invoice, Dist_Sequence, Commitment_Type, Commitment, Commitment_Line_Item, Retainage, Tax_ID, Amount_Type,
    Standard_Item, Ref_1, Ref_2, Operator_Stamp, Date_Stamp, Time_Stamp, Row_Version
)
select
    n.Row_ID, :run, c.Place, n.Job, n.Extra, n.Cost_Code, n.Category, n.Transaction_Type, n.Transaction_Date,
    n.Accounting_Date, n.Description, n.Units, n.Unit_Cost, n.Amount, n.Debit_Account, n.Credit_Account,
    n.Application_of_Origin, n.Batch, n.Vendor, n.Invoice, n.Dist_Sequence, n.Commitment_Type, n.Commitment,
    n.Commitment_Line_Item, n.Retainage, n.Tax_ID, n.Amount_Type, n.Standard_Item, n.Ref_1, n.Ref_2,
    n.Operator_Stamp, n.Date_Stamp, n.Time_Stamp, next_version()
from posting_choice as c
inner join JCT_NEW__TRANSACTION as n on c.Row_ID = n.Row_ID
order by c.Place
