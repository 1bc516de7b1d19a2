-- The adjustments of a run, at most %(most_rows)s, each with what it corrects: our reference, or the entry of others as
-- Sage describes it and the line that decides about it; one row per adjustment.
select
    'A' || a.adjustment_id as line,
    coalesce(
        'E' || f.decision_id || ' ' || s.transaction_type || ': ' || s.description, a.corrects_reference
    ) as corrects,
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
left join recon.foreign_decision as f
    on f.company_id = a.company_id and f.run_no = a.run_no and f.row_id = a.corrects_reference
-- By the table: the view of cost rows would be worked out for each line anew.
left join core.job_cost_transaction as s on s.company_id = f.company_id and s.row_id = f.row_id
where a.company_id = %(company_id)s and a.run_no = %(run_no)s
order by a.adjustment_id
limit %(most_rows)s
