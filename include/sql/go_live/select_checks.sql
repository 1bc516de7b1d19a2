-- The checks of a validation by name; one row per check.
select
    check_name as name,
    state,
    found,
    expected,
    next_step
from recon.go_live_check
where run_no = %(run_no)s
order by check_name
