-- Evidence: what was decided about old accruals in the month, and by whom; one row per decision.
select
    l.release_id,
    l.run_no,
    l.commitment,
    l.item_number,
    l.decision,
    l.released_on,
    l.job,
    l.extra,
    l.cost_code,
    l.category,
    l.units_open,
    l.amount,
    l.reason,
    l.state,
    l.proposed_by,
    v.decided_by,
    v.decided_at,
    v.comment
from recon.accrual_release as l
left join audit.approval as v on v.company_id = l.company_id and v.approval_id = l.approval_id
where l.company_id = %(company_id)s and l.period = %(period)s
order by l.release_id
