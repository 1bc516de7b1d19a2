-- Every sign-off of one company and month with what let it lapse, newest first; one row per version.
select
    c.version_no,
    c.signed_by,
    c.signed_at,
    c.sign_off_hash,
    c.lapsed_at,
    c.lapsed_line,
    c.lapsed_lines
from ledger.period_close as c
where c.company_id = %(company_id)s and c.period = %(period)s
order by c.version_no desc
