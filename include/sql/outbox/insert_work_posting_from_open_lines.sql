-- Take up the lines that have not left yet, so that what holds them is judged anew; one row per line.
insert into work_posting (
    posting_id,
    kind,
    transaction_date,
    accounting_date_wanted,
    job,
    extra,
    cost_code,
    category,
    commitment,
    item_number,
    source_key, difference_no, reference, salt, description, units, amount, debit_account, adjustment_id
)
select
    p.posting_id,
    p.kind,
    p.transaction_date,
    p.accounting_date_wanted,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    p.commitment,
    p.item_number,
    p.source_key,
    p.difference_no,
    p.posting_reference,
    p.reference_salt,
    p.description,
    p.units,
    p.amount,
    p.debit_account,
    p.adjustment_id
from outbox.cost_posting as p
where p.company_id = %(company_id)s and p.is_open
