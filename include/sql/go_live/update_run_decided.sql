-- Close a validation by its decision; one row.
update recon.go_live_run
set state = %(state)s, approval_id = %(approval_id)s, exceptions = %(exceptions)s
where company_id = %(company_id)s and run_no = %(run_no)s and state = 'reported'
