-- Counts the unposted entries (of one batch) whose month the general ledger has not open; grain: one month.
select substr(n.Accounting_Date, 1, 7) as Period, count(*) as Waiting
from SANDBOX_LEDGER_ENTRY as n
left join PERIOD_STATUS as p on substr(n.Accounting_Date, 1, 7) = p.Period and p.Application = 'GL'
where (:batch is null or n.Batch = :batch) and coalesce(p.Status, '') <> 'Open'
group by substr(n.Accounting_Date, 1, 7)
