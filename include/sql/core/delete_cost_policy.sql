-- Drop the company's changes of policy that its profile no longer lists; one row per job and day.
delete from core.cost_policy as p
where
    p.company_id = %(company_id)s
    and not exists (
        select
        from unnest(%(jobs)s::text[], %(days)s::date[]) as k (job, effective_from)
        where k.job = p.job and k.effective_from = p.effective_from
    )
