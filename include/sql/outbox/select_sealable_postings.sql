-- Eligible lines of a flow in key order, as the texts that are written; streamed, one row per line.
select
    p.posting_id,
    p.version_no,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    to_char(p.transaction_date, 'YYYY-MM-DD') as transaction_date,
    to_char(p.accounting_date, 'YYYY-MM-DD') as accounting_date,
    p.description,
    p.units::text as units,
    p.amount::text as amount,
    p.debit_account,
    p.credit_account,
    p.posting_reference
from outbox.cost_posting as p
where
    p.company_id = %(company_id)s
    and p.is_open
    and p.state = 'eligible'
    and (p.kind = 'adjustment') = (%(flow)s = 'ADJ')
order by
    p.transaction_date, p.job, p.extra, p.cost_code, p.category, p.commitment, p.item_number, p.kind, p.source_key,
    p.difference_no
limit %(line_limit)s
