-- Hold what cannot leave now, free what can, and date it anew; touches eligible and held lines that differ.
update outbox.cost_posting as p
set
    state = case when r.hold_rule is null then 'eligible' else 'held' end,
    hold_rule = r.hold_rule,
    hold_reason = null,
    accounting_date = r.accounting_date,
    is_late = r.is_late,
    debit_account = r.debit_account_now,
    credit_account = r.credit_account
from ready_posting as r
where
    p.company_id = %(company_id)s
    and p.posting_id = r.posting_id
    and p.state in ('eligible', 'held')
    and (p.hold_rule, p.accounting_date, p.debit_account, p.credit_account)
    is distinct from (r.hold_rule, r.accounting_date, r.debit_account_now, r.credit_account)
