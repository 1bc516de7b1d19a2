-- Propose a mapping; one row, its number.
insert into core.mapping_proposal (
    company_id, material_class, job, extra, cost_code, category, effective_from, effective_to, owner, origin,
    proposed_by
)
values (
    %(company_id)s,
    %(material_class)s,
    %(job)s,
    %(extra)s,
    %(cost_code)s,
    %(category)s,
    %(effective_from)s,
    %(effective_to)s,
    %(owner)s,
    %(origin)s,
    %(proposed_by)s
)
returning proposal_no
