-- A proposal of a mapping by its number, or by where it came from where no number is given; one row or none.
select
    p.proposal_no,
    p.company_id,
    p.material_class,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    p.effective_from,
    p.effective_to,
    p.origin,
    p.proposed_by,
    p.state,
    p.decided_by
from core.mapping_proposal as p
where
    p.proposal_no = %(proposal_no)s::bigint
    or (%(proposal_no)s::bigint is null and p.origin = %(origin)s::text)
