-- Changes what a person may change on a transaction; grain: one transaction.
update JCT_NEW__TRANSACTION
set
    Job = :Job,
    Extra = :Extra,
    Cost_Code = :Cost_Code,
    Category = :Category,
    Transaction_Date = :Transaction_Date,
    Accounting_Date = :Accounting_Date,
    Description = :Description,
    Units = :Units,
    Unit_Cost = :Unit_Cost,
    Amount = :Amount,
    Debit_Account = :Debit_Account,
    Credit_Account = :Credit_Account,
    Batch = :Batch,
    Vendor = :Vendor,
    Invoice = :Invoice,
    Commitment = :Commitment,
    Commitment_Line_Item = :Commitment_Line_Item,
    Tax_ID = :Tax_ID,
    Ref_1 = :Ref_1,
    Ref_2 = :Ref_2,
    Row_Version = :Row_Version
where Row_ID = :Row_ID
