-- Cost rows of others in Sage up to a month's end that nobody has accepted or had reversed; one row per Sage row.
select
    s.row_id,
    s.description,
    s.amount
from recon.sage_cost_row as s
where
    s.company_id = %(company_id)s
    and s.kind = 'foreign'
    and not s.is_accepted
    and s.transaction_date < (%(period)s || '-01')::date + interval '1 month'
order by s.row_id
