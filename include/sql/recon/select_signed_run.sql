-- The sign-off that an approved run led to; one row or none.
select
    r.run_no,
    r.company_id,
    r.period,
    p.version_no,
    p.close_no,
    p.sign_off_hash
from recon.run as r
inner join ledger.period_close as p on p.company_id = r.company_id and p.sign_off_hash = r.sign_off_hash
where r.proves_run_no = %(run_no)s and r.state = 'signed'
