-- Copies the posted rows up to a month into history with new versions; grain: one transaction.
insert into JCT_HISTORY__TRANSACTION (
    Row_ID, Run, Sequence, Job, Extra, Cost_Code, Category, Transaction_Type, Transaction_Date, Accounting_Date,
    Description, Units, Unit_Cost, Amount, Debit_Account, Credit_Account, Application_of_Origin, Batch, Vendor,
    Invoice, Dist_Sequence, Commitment_Type, Commitment, Commitment_Line_Item, Retainage, Tax_ID, Amount_Type,
    Standard_Item, Ref_1, Ref_2, Operator_Stamp, Date_Stamp, Time_Stamp, Row_Version
)
select
    Row_ID, Run, Sequence, Job, Extra, Cost_Code, Category, Transaction_Type, Transaction_Date, Accounting_Date,
    Description, Units, Unit_Cost, Amount, Debit_Account, Credit_Account, Application_of_Origin, Batch, Vendor,
    Invoice, Dist_Sequence, Commitment_Type, Commitment, Commitment_Line_Item, Retainage, Tax_ID, Amount_Type,
    Standard_Item, Ref_1, Ref_2, Operator_Stamp, Date_Stamp, Time_Stamp, next_version()
from JCT_CURRENT__TRANSACTION
where substr(Accounting_Date, 1, 7) <= :through
order by Run, Sequence
