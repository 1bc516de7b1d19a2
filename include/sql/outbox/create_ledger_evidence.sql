-- What the general ledger says of each of our journal lines; one row per line that it shows at least once. A line is
-- two rows there: its debit and its credit.
create temporary table ledger_evidence on commit drop as
select
    l.line_id,
    count(*) as row_count,
    min(t.row_id) filter (where t.account = l.debit_account) as row_id,
    count(*) filter (
        where t.account = l.debit_account and t.amount_debit - t.amount_credit = l.amount
    ) = 1
    and count(*) filter (
        where t.account = l.credit_account and t.amount_credit - t.amount_debit = l.amount
    ) = 1
    and count(*) = 2
    and bool_and(date_trunc('month', t.accounting_date) = date_trunc('month', l.accounting_date)) as is_equal,
    string_agg(
        format(
            'row %%s: account %%s, debit %%s, credit %%s, month %%s',
            t.row_id, t.account, t.amount_debit, t.amount_credit, to_char(t.accounting_date, 'YYYY-MM')
        ), '; ' order by t.row_id
    ) filter (where l.state <> 'posted') as found_text
from outbox.journal_line as l
inner join core.ledger_transaction as t
    on t.company_id = l.company_id and left(t.description, 10) = l.reference
where l.company_id = %(company_id)s
group by l.line_id
