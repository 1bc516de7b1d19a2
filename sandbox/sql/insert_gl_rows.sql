-- Writes the double entry of each effect, a negative amount on the other side; grain: one account of one transaction.
insert into GLT_CURRENT__TRANSACTION (
    Row_ID, Account, Transaction_Date, Accounting_Date, Description, Debit, Credit, Application_of_Origin, Batch
)
select
    next_row_id(), Account, Transaction_Date, Accounting_Date, Description, money(max(Signed, 0)),
    money(max(-Signed, 0)), Application_of_Origin, Batch
from (
    select
        rowid as Place, 1 as Side, Debit_Account as Account, Transaction_Date, Accounting_Date, Description,
        Amount as Signed, Application_of_Origin, Batch
    from posting_effect
    where Amount <> 0
    union all
    select
        rowid, 2, Credit_Account, Transaction_Date, Accounting_Date, Description, -Amount, Application_of_Origin, Batch
    from posting_effect
    where Amount <> 0
)
order by Place, Side
