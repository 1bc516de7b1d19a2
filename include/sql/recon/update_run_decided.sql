-- Carry a decision to the run and to every line it proposed; one row: the run.
with adjustments as (
    update recon.adjustment
    set state = %(decision)s, approval_id = %(approval_id)s
    where run_no = %(run_no)s and state = 'proposed'
),

decisions as (
    update recon.foreign_decision
    set state = %(decision)s, approval_id = %(approval_id)s
    where run_no = %(run_no)s and state = 'proposed'
),

journal as (
    update recon.journal
    set state = %(decision)s, approval_id = %(approval_id)s
    where run_no = %(run_no)s and state = 'proposed'
),

releases as (
    update recon.accrual_release
    set state = %(decision)s, approval_id = %(approval_id)s
    where run_no = %(run_no)s and state = 'proposed'
),

dismissals as (
    update recon.dismissal
    set state = %(decision)s, approval_id = %(approval_id)s
    where run_no = %(run_no)s and state = 'proposed'
),

events as (
    update recon.proposed_event
    set state = %(decision)s, approval_id = %(approval_id)s
    where run_no = %(run_no)s and state = 'proposed'
)

update recon.run
set state = %(decision)s, approval_id = %(approval_id)s
where run_no = %(run_no)s and state = 'proposed'
