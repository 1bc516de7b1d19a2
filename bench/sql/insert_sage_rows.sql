-- Rows that Sage shows of our cost lines, as if imported and posted; every fiftieth with another amount.
insert into core.job_cost_transaction (
    company_id, source, row_id, run, sequence, job, extra, cost_code, category, transaction_type, transaction_date,
    accounting_date, description, units, unit_cost, amount, debit_account, credit_account, application_of_origin,
    batch, vendor, invoice, commitment_type, commitment, tax_id, amount_type, standard_item, ref_1, ref_2,
    operator_stamp, stamped_at, row_version, transfer_id
)
select
    p.company_id,
    'CURRENT' as source,
    'S' || p.posting_id as row_id,
    1 as run,
    p.posting_id as sequence,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    'JC cost' as transaction_type,
    p.transaction_date,
    p.accounting_date,
    p.description,
    p.units,
    0 as unit_cost,
    case when mod(p.posting_id, 50) = 0 then p.amount + 1 else p.amount end as amount,
    p.debit_account,
    p.credit_account,
    'JC' as application_of_origin,
    '' as batch,
    '' as vendor,
    '' as invoice,
    '' as commitment_type,
    '' as commitment,
    '' as tax_id,
    '' as amount_type,
    '' as standard_item,
    p.posting_reference as ref_1,
    '' as ref_2,
    '' as operator_stamp,
    now() as stamped_at,
    1 as row_version,
    0 as transfer_id
from outbox.cost_posting as p
where p.company_id = %(company_id)s
