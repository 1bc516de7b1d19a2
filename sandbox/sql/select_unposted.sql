-- Gives the unposted entries in the order of their entry and whether Job Cost has their month open; grain: one entry.
select
    n.Row_ID, n.Amount, substr(n.Accounting_Date, 1, 7) as Period, coalesce(p.Status = 'Open', 0) as Is_Open
from JCT_NEW__TRANSACTION as n
left join PERIOD_STATUS as p on substr(n.Accounting_Date, 1, 7) = p.Period and p.Application = 'JC'
where :batch is null or n.Batch = :batch
order by n.Run, n.Sequence
