-- The hash of what a run proposes as its rows say now; one row.
select recon.proposal_hash(%(run_no)s) as content_hash
