-- The sign-off of a month that still holds; one row or none.
select
    p.version_no,
    p.close_no,
    p.sign_off_hash,
    p.signed_by,
    p.signed_at
from ledger.period_close as p
where p.company_id = %(company_id)s and p.period = %(period)s and p.lapsed_at is null
order by p.version_no desc
limit 1
