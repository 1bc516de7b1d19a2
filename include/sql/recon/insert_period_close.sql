-- Sign a month off: the next close of the company and the next version of this month; one row.
insert into ledger.period_close (company_id, period, version_no, close_no, sign_off_hash, signed_by, signed_at)
select
    %(company_id)s,
    %(period)s,
    coalesce(max(p.version_no) filter (where p.period = %(period)s), 0) + 1 as version_no,
    coalesce(max(p.close_no), 0) + 1 as close_no,
    %(sign_off_hash)s,
    %(decided_by)s as signed_by,
    clock_timestamp() as signed_at
from ledger.period_close as p
where p.company_id = %(company_id)s
returning version_no, close_no, signed_at
