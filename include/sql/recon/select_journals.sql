-- What a run proposes for the journal, greatest amounts first; one row per PO line and side.
select
    'J' || j.proposal_id as line,
    j.side,
    j.commitment,
    j.item_number,
    j.debit_account,
    j.credit_account,
    abs(j.amount) as amount
from recon.journal as j
where j.company_id = %(company_id)s and j.run_no = %(run_no)s
order by abs(j.amount) desc, j.commitment asc, j.item_number asc, j.side asc
limit %(most_rows)s
