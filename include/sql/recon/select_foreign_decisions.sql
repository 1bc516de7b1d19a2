-- What a run decides about cost rows of others; one row per Sage row.
select
    'E' || f.decision_id as line,
    f.row_id,
    f.decision || coalesce(' to ' || f.commitment || '/' || f.item_number, '') as decision,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    s.transaction_date,
    s.transaction_type,
    s.description,
    s.amount
from recon.foreign_decision as f
inner join recon.sage_cost_row as s on s.company_id = f.company_id and s.row_id = f.row_id
where f.company_id = %(company_id)s and f.run_no = %(run_no)s
union all
select
    'E' || f.decision_id as line,
    f.row_id,
    f.decision,
    '' as job,
    '' as extra,
    r.account as cost_code,
    '' as category,
    r.accounting_date as transaction_date,
    'General ledger' as transaction_type,
    r.description,
    r.amount
from recon.foreign_decision as f
inner join recon.ledger_row as r on r.company_id = f.company_id and r.row_id = f.row_id
where f.company_id = %(company_id)s and f.run_no = %(run_no)s
order by row_id
