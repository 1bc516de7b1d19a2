-- Keep a change of policy as the company's profile has it; one row per job and day.
insert into core.cost_policy as kept (company_id, job, effective_from, policy, approved_by)
values (%(company_id)s, %(job)s, %(effective_from)s, %(policy)s, %(approved_by)s)
on conflict (company_id, job, effective_from) do update set
    policy = excluded.policy,
    approved_by = excluded.approved_by
where (kept.policy, kept.approved_by) is distinct from (excluded.policy, excluded.approved_by)
