-- Write the new lines, eligible or held with the rule that holds them; one row per natural key and difference number.
insert into outbox.cost_posting (
    company_id, posting_reference, reference_salt, kind, transaction_date, accounting_date, accounting_date_wanted,
    is_late,
    job,
    extra,
    cost_code,
    category,
    commitment,
    item_number,
    source_key,
    difference_no,
    description,
    units,
    amount,
    debit_account, credit_account, state, hold_rule, adjustment_id
)
select
    %(company_id)s,
    r.reference,
    r.salt,
    r.kind,
    r.transaction_date,
    r.accounting_date,
    r.accounting_date_wanted,
    r.is_late,
    r.job,
    r.extra,
    r.cost_code,
    r.category,
    r.commitment,
    r.item_number,
    r.source_key,
    r.difference_no,
    r.description,
    r.units,
    r.amount,
    r.debit_account_now,
    r.credit_account,
    case when r.hold_rule is null then 'eligible' else 'held' end as state,
    r.hold_rule,
    r.adjustment_id
from ready_posting as r
where r.posting_id is null
