-- The newest go-live validation of each company, red first; one row per check.
select
    c.company_id,
    c.run_no,
    c.check_name,
    c.state,
    c.found,
    c.expected,
    c.next_step,
    c.is_exception,
    c.checked_at,
    c.run_state,
    c.started_by,
    c.signed_by,
    c.signed_at
from mart.go_live_check as c
where c.is_newest and (%(company_id)s = '' or c.company_id = %(company_id)s)
order by c.company_id asc, c.state = 'failed' desc, c.check_name
