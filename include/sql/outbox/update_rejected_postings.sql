-- Free rejected lines whose cause is gone; one row per line, touches what differs.
-- Gone: the mirror showed what barred the line and shows it no more, or the line would be written otherwise now (month
-- moved on, account corrected). A cause the mirror never showed waits for a person.
update outbox.cost_posting as p
set
    state = case when r.hold_rule is null then 'eligible' else p.state end,
    version_no = p.version_no + case when r.hold_rule is null then 1 else 0 end,
    reject_rule = r.hold_rule,
    accounting_date = case when r.hold_rule is null then r.accounting_date else p.accounting_date end,
    is_late = case when r.hold_rule is null then r.is_late else p.is_late end,
    debit_account = case when r.hold_rule is null then r.debit_account_now else p.debit_account end,
    credit_account = case when r.hold_rule is null then r.credit_account else p.credit_account end
from ready_posting as r
where
    p.company_id = %(company_id)s
    and p.posting_id = r.posting_id
    and p.state = 'rejected'
    and (
        p.reject_rule is distinct from r.hold_rule
        or (
            r.hold_rule is null
            and (p.accounting_date, p.debit_account, p.credit_account)
            is distinct from (r.accounting_date, r.debit_account_now, r.credit_account)
        )
    )
