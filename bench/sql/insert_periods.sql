-- The months of 2026, all open; one row per month.
insert into core.fiscal_period (company_id, period, application, status, transfer_id)
select
    %(company_id)s,
    to_char(m, 'YYYY-MM') as period,
    'JC' as application,
    'Open' as status,
    0 as transfer_id
from generate_series('2026-01-01'::timestamp, '2026-12-01', '1 month') as m
