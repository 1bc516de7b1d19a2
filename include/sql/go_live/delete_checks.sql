-- Take away the checks of one part of a validation before they are made anew; one row per check.
delete from recon.go_live_check
where company_id = %(company_id)s and run_no = %(run_no)s and (check_name like 'golden.%%') = %(is_golden)s
