-- Bind the proposal to its content: the hash goes on the run and on every line it proposes; one row: the run.
with hashed as (
    select recon.proposal_hash(%(run_no)s) as content_hash
),

lines as (
    update recon.adjustment as a
    set content_hash = h.content_hash
    from hashed as h
    where a.company_id = %(company_id)s and a.run_no = %(run_no)s
),

journal as (
    update recon.journal as j
    set content_hash = h.content_hash
    from hashed as h
    where j.company_id = %(company_id)s and j.run_no = %(run_no)s
),

releases as (
    update recon.accrual_release as l
    set content_hash = h.content_hash
    from hashed as h
    where l.company_id = %(company_id)s and l.run_no = %(run_no)s
),

dismissals as (
    update recon.dismissal as x
    set content_hash = h.content_hash
    from hashed as h
    where x.company_id = %(company_id)s and x.run_no = %(run_no)s
)

update recon.run as r
set content_hash = h.content_hash
from hashed as h
where r.company_id = %(company_id)s and r.run_no = %(run_no)s
returning r.content_hash
