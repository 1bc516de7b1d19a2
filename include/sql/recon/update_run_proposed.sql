-- Close the figures of a run with its tie-out; one row.
update recon.run
set
    tie_out = %(tie_out)s,
    state = case mode when 'proof' then 'posted' else 'proposed' end,
    finished_at = now()
where company_id = %(company_id)s and run_no = %(run_no)s and state = 'running'
