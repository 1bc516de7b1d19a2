-- Evidence: our postings booked in the month; one row per posting.
select
    p.posting_reference,
    p.kind,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    p.commitment,
    p.item_number,
    p.transaction_date,
    p.accounting_date,
    p.is_late,
    p.description,
    p.units,
    p.amount,
    p.debit_account,
    p.credit_account,
    p.batch,
    p.state,
    p.sage_transaction_id
from mart.cost_posting as p
where p.company_id = %(company_id)s and to_char(p.accounting_date, 'YYYY-MM') = %(period)s
order by p.posting_reference
