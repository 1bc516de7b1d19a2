-- Journal lines that claim to be approved and are not: no approval of this content by another person, or the
-- line was refused; one row each.
select
    j.proposal_id,
    j.content_hash,
    b.content_hash as approved_hash,
    b.decision,
    b.prepared_by,
    b.decided_by
from recon.journal as j
left join audit.approval as b on j.approval_id = b.approval_id and j.company_id = b.company_id
where
    j.company_id = %(company_id)s
    and j.state = 'approved'
    and (
        b.content_hash is distinct from j.content_hash
        or b.decision is distinct from 'approved'
        or b.decided_by = b.prepared_by
        or b.decided_by = j.proposed_by
        or exists (
            select
            from recon.line_decision as d
            where
                d.company_id = j.company_id and d.run_no = j.run_no and d.line = 'J' || j.proposal_id
                and d.decision = 'refused'
        )
    )
order by j.proposal_id
