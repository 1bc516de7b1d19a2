-- Move a run on; one row, none when it is not in the state expected.
update recon.run
set state = %(state_to)s, finished_at = now()
where company_id = %(company_id)s and run_no = %(run_no)s and state = %(state_from)s
