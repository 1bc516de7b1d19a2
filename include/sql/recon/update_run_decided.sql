-- Carry a decision to the run and, line by line, to what it proposed; a difference that a refused line would have
-- settled is open again. One row: the run.
with adjustments as (
    update recon.adjustment as p
    set state = d.decision, approval_id = %(approval_id)s
    from recon.line_decision as d
    where
        p.company_id = %(company_id)s and p.run_no = %(run_no)s and p.state = 'proposed'
        and d.company_id = p.company_id and d.run_no = p.run_no and d.line = 'A' || p.adjustment_id
),

decisions as (
    update recon.foreign_decision as p
    set state = d.decision, approval_id = %(approval_id)s
    from recon.line_decision as d
    where
        p.company_id = %(company_id)s and p.run_no = %(run_no)s and p.state = 'proposed'
        and d.company_id = p.company_id and d.run_no = p.run_no and d.line = 'E' || p.decision_id
),

journal as (
    update recon.journal as p
    set state = d.decision, approval_id = %(approval_id)s
    from recon.line_decision as d
    where
        p.company_id = %(company_id)s and p.run_no = %(run_no)s and p.state = 'proposed'
        and d.company_id = p.company_id and d.run_no = p.run_no and d.line = 'J' || p.proposal_id
),

releases as (
    update recon.accrual_release as p
    set state = d.decision, approval_id = %(approval_id)s
    from recon.line_decision as d
    where
        p.company_id = %(company_id)s and p.run_no = %(run_no)s and p.state = 'proposed'
        and d.company_id = p.company_id and d.run_no = p.run_no and d.line = 'R' || p.release_id
),

dismissals as (
    update recon.dismissal as p
    set state = d.decision, approval_id = %(approval_id)s
    from recon.line_decision as d
    where
        p.company_id = %(company_id)s and p.run_no = %(run_no)s and p.state = 'proposed'
        and d.company_id = p.company_id and d.run_no = p.run_no and d.line = 'D' || p.dismissal_id
),

events as (
    update recon.proposed_event as p
    set state = d.decision, approval_id = %(approval_id)s
    from recon.line_decision as d
    where
        p.company_id = %(company_id)s and p.run_no = %(run_no)s and p.state = 'proposed'
        and d.company_id = p.company_id and d.run_no = p.run_no and d.line = 'P' || p.proposal_id
),

reopened as (
    update recon.difference as f
    set state = 'open', dismissal_id = null
    from (
        select a.difference_id
        from recon.adjustment as a
        inner join recon.line_decision as d
            on d.company_id = a.company_id and d.run_no = a.run_no and d.line = 'A' || a.adjustment_id
        where a.company_id = %(company_id)s and a.run_no = %(run_no)s and d.decision = 'refused'
        union
        select g.difference_id
        from recon.difference as g
        inner join recon.line_decision as d
            on d.company_id = g.company_id and d.run_no = g.run_no and d.line = 'D' || g.dismissal_id
        where g.company_id = %(company_id)s and g.run_no = %(run_no)s and d.decision = 'refused'
        union
        select g.difference_id
        from recon.difference as g
        inner join recon.foreign_decision as e
            on e.company_id = g.company_id and e.run_no = g.run_no and e.row_id = g.reference
        inner join recon.line_decision as d
            on d.company_id = g.company_id and d.run_no = g.run_no and d.line = 'E' || e.decision_id
        where
            g.company_id = %(company_id)s and g.run_no = %(run_no)s and d.decision = 'refused'
            and g.cause in ('foreign_entry', 'ap_unmatched', 'ledger_entry')
    ) as w
    where f.company_id = %(company_id)s and f.difference_id = w.difference_id
)

update recon.run
set state = %(decision)s, approval_id = %(approval_id)s
where company_id = %(company_id)s and run_no = %(run_no)s and state = 'proposed'
