-- Eligible journal lines in key order, as the texts that are written; streamed, one row per line.
select
    l.line_id,
    l.version_no,
    to_char(l.accounting_date, 'YYYY-MM-DD') as accounting_date,
    l.description,
    l.amount::text as amount,
    l.debit_account,
    l.credit_account,
    l.reference
from outbox.journal_line as l
where l.company_id = %(company_id)s and l.state = 'eligible'
order by l.accounting_date, l.commitment, l.item_number, l.line_id
limit %(line_limit)s
