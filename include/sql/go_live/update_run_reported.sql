-- Bind a validation to the content of its report; one row, none once it was decided about.
update recon.go_live_run
set state = 'reported', content_hash = %(content_hash)s, reported_at = now()
where company_id = %(company_id)s and run_no = %(run_no)s and state in ('checking', 'reported')
