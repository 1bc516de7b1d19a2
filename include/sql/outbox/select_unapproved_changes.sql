-- Corrections of commitments that claim to be approved and are not: no approval of this content by another person, the
-- line was refused, or the run says another content than was approved; one row each.
select
    p.proposal_id,
    r.content_hash,
    b.content_hash as approved_hash,
    b.decision,
    b.prepared_by,
    b.decided_by
from recon.proposed_event as p
inner join recon.run as r on r.company_id = p.company_id and r.run_no = p.run_no
left join recon.line_decision as d
    on d.company_id = p.company_id and d.run_no = p.run_no and d.line = 'P' || p.proposal_id
left join audit.approval as b on b.approval_id = p.approval_id and b.company_id = p.company_id
left join recon.proposal_line(p.run_no) as l on l.line = 'P' || p.proposal_id
where
    p.company_id = %(company_id)s
    and p.event_type = 'commitment_reduced'
    and p.state = 'approved'
    and p.amount is not null
    and (
        b.content_hash is distinct from r.content_hash
        or b.decision is distinct from 'approved'
        or b.decided_by = b.prepared_by
        or b.decided_by = r.prepared_by
        or d.decision is distinct from 'approved'
        or d.line_hash is distinct from l.line_hash
    )
order by p.proposal_id
