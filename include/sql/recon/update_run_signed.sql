-- Note on the proof what was signed, and that the run it proves is through; one row: the proof.
with proven as (
    update recon.run
    set state = 'posted'
    where company_id = %(company_id)s and run_no = %(proves_run_no)s and state = 'approved'
)

update recon.run
set
    state = 'signed',
    sign_off_hash = %(sign_off_hash)s,
    sign_off_parts = %(parts)s,
    finished_at = now()
where company_id = %(company_id)s and run_no = %(run_no)s and state = 'posted'
