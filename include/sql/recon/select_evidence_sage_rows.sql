-- Evidence: the cost rows Sage booked in the month and what each is to us; one row per Sage row.
select
    s.row_id,
    s.transaction_type,
    s.kind,
    s.is_accepted,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    s.transaction_date,
    s.accounting_date,
    s.description,
    s.units,
    s.amount,
    s.vendor,
    s.invoice,
    s.commitment,
    s.item_number,
    s.batch,
    s.reference
from recon.sage_cost_row as s
where s.company_id = %(company_id)s and to_char(s.accounting_date, 'YYYY-MM') = %(period)s
order by s.row_id
