-- The journal of the month and what was reversed in it, with its people and Sage's rows; one row per line.
select
    l.reference,
    l.period,
    l.kind,
    l.side,
    l.commitment,
    l.item_number,
    l.accounting_date,
    l.amount,
    l.debit_account,
    l.credit_account,
    l.state,
    l.file_name,
    l.sage_transaction_id,
    l.proposed_by,
    l.approved_by,
    l.decided_at
from mart.journal_line as l
where
    l.company_id = %(company_id)s
    and (l.period = %(period)s or to_char(l.accounting_date, 'YYYY-MM') = %(period)s)
order by l.accounting_date, l.commitment, l.item_number, l.side, l.reference
