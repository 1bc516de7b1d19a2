-- Adjustments that claim to be approved and are not: no approval of this content by another person, or the
-- line was refused; one row each.
select
    a.adjustment_id,
    a.content_hash,
    b.content_hash as approved_hash,
    b.decision,
    b.prepared_by,
    b.decided_by
from recon.adjustment as a
left join audit.approval as b on a.approval_id = b.approval_id and a.company_id = b.company_id
where
    a.company_id = %(company_id)s
    and a.state = 'approved'
    and (
        b.content_hash is distinct from a.content_hash
        or b.decision is distinct from 'approved'
        or b.decided_by = b.prepared_by
        or b.decided_by = a.proposed_by
        or exists (
            select
            from recon.line_decision as d
            where
                d.company_id = a.company_id and d.run_no = a.run_no and d.line = 'A' || a.adjustment_id
                and d.decision = 'refused'
        )
    )
order by a.adjustment_id
