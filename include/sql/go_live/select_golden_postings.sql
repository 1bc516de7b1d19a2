-- Cost lines of the marked test line with what Sage's job cost and ledger show of each; one row per line of ours.
select
    p.posting_reference as reference,
    p.kind,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    p.amount,
    p.state,
    p.debit_account,
    p.credit_account,
    coalesce(p.hold_reason, p.reject_reason, '') as reason,
    coalesce(p.sage_transaction_id, '') as sage_transaction_id,
    coalesce(s.amount, 0) as amount_sage,
    count(g.row_id) filter (
        where g.account = p.debit_account and g.amount_debit - g.amount_credit = p.amount
    ) as debit_rows,
    count(g.row_id) filter (
        where g.account = p.credit_account and g.amount_credit - g.amount_debit = p.amount
    ) as credit_rows
from outbox.cost_posting as p
left join lateral (
    select
        sum(t.amount) as amount,
        min(t.batch) as batch,
        min(t.accounting_date) as accounting_date
    from core.job_cost_transaction as t
    where
        t.company_id = p.company_id and t.ref_1 = p.posting_reference and t.ref_1 <> ''
        and t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
) as s on true
left join core.ledger_transaction as g
    on g.company_id = p.company_id and g.batch = s.batch and g.accounting_date = s.accounting_date
where p.company_id = %(company_id)s and p.commitment = %(commitment)s and p.item_number = %(item_number)s
group by p.company_id, p.posting_id, s.amount
order by p.posting_id
