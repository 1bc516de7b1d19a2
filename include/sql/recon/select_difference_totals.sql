-- Differences of a run by cause and state; one row each.
select
    d.cause,
    d.side,
    d.state,
    count(*) as lines,
    sum(d.amount_ours) as amount_ours,
    sum(d.amount_sage) as amount_sage
from recon.difference as d
where d.company_id = %(company_id)s and d.run_no = %(run_no)s
group by d.cause, d.side, d.state
order by d.cause, d.side, d.state
