-- Differences of one company and month, greatest first; one row per difference.
select
    d.difference_id,
    d.side,
    d.cause,
    d.reference,
    d.job,
    d.cost_code,
    d.category,
    d.transaction_date,
    d.amount_ours,
    d.amount_sage,
    d.state,
    d.explanation,
    d.age_days,
    count(*) over () as total
from mart.sage_difference as d
where d.company_id = %(company_id)s and d.period = %(period)s
order by
    array_position(array['open', 'proposed', 'explained', 'dismissed', 'resolved'], d.state),
    abs(d.amount_sage - d.amount_ours) desc, d.difference_id asc
limit %(page_rows)s offset %(rows_before)s
