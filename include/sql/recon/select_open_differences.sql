-- Differences of a run that stand in the way of a sign-off; one row per cause.
select
    d.cause,
    count(*) as lines,
    min(coalesce(nullif(d.reference, ''), d.job || ' ' || d.cost_code)) as example,
    sum(d.amount_ours - d.amount_sage) as amount
from recon.difference as d
where d.company_id = %(company_id)s and d.run_no = %(run_no)s and d.state in ('open', 'proposed')
group by d.cause
order by d.cause
