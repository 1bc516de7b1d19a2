-- The adjustments of a run, at most %(most_rows)s; one row per adjustment.
select
    'A' || a.adjustment_id as line,
    a.corrects_reference,
    a.job,
    a.extra,
    a.cost_code,
    a.category,
    a.commitment,
    a.item_number,
    a.transaction_date,
    a.amount,
    a.reason,
    a.state
from recon.adjustment as a
where a.run_no = %(run_no)s
order by a.adjustment_id
limit %(most_rows)s
