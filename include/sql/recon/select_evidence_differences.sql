-- Evidence: every difference of the proposal and of its proof; one row per difference.
select
    d.run_no,
    d.difference_id,
    d.side,
    d.cause,
    d.reference,
    d.sage_transaction_id,
    d.job,
    d.extra,
    d.cost_code,
    d.category,
    d.commitment,
    d.item_number,
    d.transaction_date,
    d.amount_ours,
    d.amount_sage,
    d.state,
    d.explanation,
    d.first_seen_at,
    x.reason as dismissal_reason,
    x.proposed_by as dismissed_by,
    v.decided_by as dismissal_approved_by,
    v.decided_at as dismissed_at
from recon.difference as d
left join recon.dismissal as x on x.company_id = d.company_id and x.dismissal_id = d.dismissal_id
left join audit.approval as v on v.company_id = x.company_id and v.approval_id = x.approval_id
where d.company_id = %(company_id)s and d.run_no in (%(run_no)s, %(proves_run_no)s)
order by d.run_no, d.difference_id
