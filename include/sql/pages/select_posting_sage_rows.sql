-- Rows of Sage that carry one posting reference; one row per row of Sage.
select
    t.row_id,
    t.source,
    t.transaction_type,
    t.transaction_date,
    t.accounting_date,
    t.description,
    t.units,
    t.amount,
    t.batch,
    t.operator_stamp,
    t.stamped_at,
    t.gone_at
from core.job_cost_transaction as t
where t.company_id = %(company_id)s and t.ref_1 = %(posting_reference)s
order by t.row_id
