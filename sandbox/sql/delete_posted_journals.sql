-- Takes the entries (of one batch) of open months out of the unposted ones, once posted; grain: one entry.
delete from SANDBOX_LEDGER_ENTRY
where
    (:batch is null or Batch = :batch)
    and exists (
        select 1
        from PERIOD_STATUS as p
        where
            p.Period = substr(SANDBOX_LEDGER_ENTRY.Accounting_Date, 1, 7) and p.Application = 'GL'
            and p.Status = 'Open'
    )
