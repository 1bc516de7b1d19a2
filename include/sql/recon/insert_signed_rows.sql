-- Keep what every row and posting booked in the signed month looked like; one row each. A later change of one of them
-- is found by it.
insert into recon.signed_row (run_no, company_id, period, row_kind, row_key, row_hash)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    s.row_kind,
    s.row_key,
    s.row_hash
from recon.period_rows(%(company_id)s, %(period)s) as s
