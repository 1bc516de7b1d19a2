-- Posts the unposted entries (of one batch) of open months: a row for each account named; grain: one account of one entry.
insert into GLT_CURRENT__TRANSACTION (
    Row_ID, Account, Transaction_Date, Accounting_Date, Description, Debit, Credit, Application_of_Origin, Batch
)
select
    next_row_id(), Account, Transaction_Date, Accounting_Date, Description, Debit, Credit, 'GL', Batch
from (
    select
        n.rowid as Place, 1 as Side, n.Debit_Account as Account, n.Transaction_Date, n.Accounting_Date, n.Description,
        n.Amount as Debit, '0.00' as Credit, n.Batch
    from SANDBOX_LEDGER_ENTRY as n
    inner join PERIOD_STATUS as p
        on substr(n.Accounting_Date, 1, 7) = p.Period and p.Application = 'GL' and p.Status = 'Open'
    where n.Debit_Account <> '' and (:batch is null or n.Batch = :batch)
    union all
    select
        n.rowid, 2, n.Credit_Account, n.Transaction_Date, n.Accounting_Date, n.Description, '0.00', n.Amount, n.Batch
    from SANDBOX_LEDGER_ENTRY as n
    inner join PERIOD_STATUS as p
        on substr(n.Accounting_Date, 1, 7) = p.Period and p.Application = 'GL' and p.Status = 'Open'
    where n.Credit_Account <> '' and (:batch is null or n.Batch = :batch)
)
order by Place, Side
