-- Enters one entry of the general ledger, unposted; grain: one entry.
insert into SANDBOX_LEDGER_ENTRY (
    Row_ID, Transaction_Date, Accounting_Date, Description, Amount, Debit_Account, Credit_Account, Batch
) values (
    :Row_ID, :Transaction_Date, :Accounting_Date, :Description, :Amount, :Debit_Account, :Credit_Account, :Batch
)
