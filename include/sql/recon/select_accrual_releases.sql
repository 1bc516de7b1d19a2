-- The accruals a run releases or keeps after all, at most %(most_rows)s; one row per PO line.
select
    'R' || l.release_id as line,
    l.commitment,
    l.item_number,
    l.decision,
    l.job,
    l.extra,
    l.cost_code,
    l.category,
    l.amount,
    l.reason
from recon.accrual_release as l
where l.company_id = %(company_id)s and l.run_no = %(run_no)s
order by l.amount desc, l.commitment asc, l.item_number asc
limit %(most_rows)s
