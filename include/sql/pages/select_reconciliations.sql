-- Months of one company or of all ('' = all) that were ever reconciled, newest first; one row per company and month,
-- with its newest run; lapsed: it was signed, and something under it moved since.
with newest as (
    select distinct on (r.company_id, r.period)
        r.company_id,
        r.period,
        r.run_no,
        r.mode,
        r.state,
        r.prepared_by,
        r.started_at,
        r.finished_at
    from recon.run as r
    where r.scope = 'period' and (%(company_id)s = '' or r.company_id = %(company_id)s)
    order by r.company_id asc, r.period asc, r.run_no desc
)

select
    n.company_id,
    n.period,
    n.run_no,
    n.mode,
    case when n.state = 'signed' and c.lapsed_at is not null then 'lapsed' else n.state end as state,
    n.prepared_by,
    n.started_at,
    n.finished_at,
    d.differences,
    d.differences_open,
    d.amount_open,
    a.decided_by,
    a.decided_at,
    count(*) over () as total
from newest as n
inner join lateral (
    select
        count(*) as differences,
        count(*) filter (where s.state in ('open', 'proposed')) as differences_open,
        coalesce(
            sum(s.amount_sage - s.amount_ours) filter (where s.state in ('open', 'proposed')), 0
        ) as amount_open
    from mart.sage_difference as s
    where s.company_id = n.company_id and s.period = n.period
) as d on true
left join lateral (
    select
        v.decided_by,
        v.decided_at
    from recon.run as r
    inner join audit.approval as v on v.company_id = r.company_id and v.approval_id = r.approval_id
    where r.company_id = n.company_id and r.period = n.period
    order by v.approval_id desc
    limit 1
) as a on true
left join lateral (
    select k.lapsed_at
    from ledger.period_close as k
    where k.company_id = n.company_id and k.period = n.period
    order by k.version_no desc
    limit 1
) as c on true
order by n.period desc, n.company_id asc
limit %(page_rows)s offset %(rows_before)s
