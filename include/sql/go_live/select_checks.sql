-- The checks of a validation by name; one row per check.
select
    check_name as name,
    state,
    found,
    expected,
    next_step
from recon.go_live_check
where company_id = %(company_id)s and run_no = %(run_no)s
order by check_name
