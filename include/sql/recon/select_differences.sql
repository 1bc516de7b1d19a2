-- The largest differences of a run that still need something, at most %(most_rows)s; one row per difference.
select
    d.difference_id,
    d.cause,
    d.side,
    d.reference,
    d.job,
    d.extra,
    d.cost_code,
    d.category,
    d.transaction_date,
    d.amount_ours,
    d.amount_sage,
    d.state,
    d.explanation
from recon.difference as d
where d.company_id = %(company_id)s and d.run_no = %(run_no)s
order by d.state in ('explained', 'dismissed'), abs(d.amount_ours - d.amount_sage) desc, d.difference_id
limit %(most_rows)s
