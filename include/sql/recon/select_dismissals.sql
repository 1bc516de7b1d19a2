-- The differences a run dismisses, at most %(most_rows)s; one row per difference.
select
    'D' || x.dismissal_id as line,
    x.cause,
    x.reference,
    x.job,
    x.extra,
    x.cost_code,
    x.category,
    x.amount_ours,
    x.amount_sage,
    x.reason
from recon.dismissal as x
where x.company_id = %(company_id)s and x.run_no = %(run_no)s
order by abs(x.amount_ours - x.amount_sage) desc, x.dismissal_id asc
limit %(most_rows)s
