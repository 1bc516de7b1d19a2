-- Keep what a check found; one row per run and check, the newest finding counts.
insert into recon.go_live_check (run_no, check_name, company_id, state, found, expected, next_step)
select
    r.run_no,
    %(name)s as check_name,
    r.company_id,
    %(state)s,
    %(found)s,
    %(expected)s,
    %(next_step)s
from recon.go_live_run as r
where r.company_id = %(company_id)s and r.run_no = %(run_no)s
on conflict (company_id, run_no, check_name) do update
    set
        state = excluded.state,
        found = excluded.found,
        expected = excluded.expected,
        next_step = excluded.next_step,
        checked_at = now()
