-- Keep one mapping of a material class to codes; one row per class, job and first day.
insert into core.mapping as kept (
    company_id,
    material_class,
    job,
    effective_from,
    effective_to,
    extra,
    cost_code,
    category,
    owner,
    approved_by
)
values (
    %(company_id)s,
    %(material_class)s,
    %(job)s,
    %(effective_from)s,
    %(effective_to)s,
    %(extra)s,
    %(cost_code)s,
    %(category)s,
    %(owner)s,
    %(approved_by)s
)
on conflict (company_id, material_class, job, effective_from) do update set
    effective_to = excluded.effective_to,
    extra = excluded.extra,
    cost_code = excluded.cost_code,
    category = excluded.category,
    owner = excluded.owner,
    approved_by = excluded.approved_by
where exists (
    select
        kept.effective_to,
        kept.extra,
        kept.cost_code,
        kept.category,
        kept.owner,
        kept.approved_by
    except
    select
        excluded.effective_to,
        excluded.extra,
        excluded.cost_code,
        excluded.category,
        excluded.owner,
        excluded.approved_by
)
