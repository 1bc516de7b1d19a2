-- PO lines for which the journal of a run no longer says what is due: receipts or invoices moved since; but for refused
-- lines; one row per line and side.
with proposed as (
    select
        j.commitment,
        j.item_number,
        j.side,
        j.amount,
        'J' || j.proposal_id = any(%(refused_lines)s::text[]) as is_refused
    from recon.journal as j
    where j.company_id = %(company_id)s and j.run_no = %(run_no)s
),

due as (
    select
        w.commitment,
        w.item_number,
        w.side,
        w.amount_due
    from recon.journal_due(%(company_id)s, %(period)s, %(run_no)s) as w
    where w.amount_due <> 0
)

select
    coalesce(j.commitment, d.commitment) || '/' || coalesce(j.item_number, d.item_number) as line,
    coalesce(j.amount, 0) as amount,
    coalesce(d.amount_due, 0) as amount_due
from proposed as j
full join due as d on d.commitment = j.commitment and d.item_number = j.item_number and d.side = j.side
where coalesce(j.amount, 0) <> coalesce(d.amount_due, 0) and j.is_refused is not true
order by line
