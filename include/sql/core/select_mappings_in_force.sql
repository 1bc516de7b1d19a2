-- The mappings of one class and job; one row per stretch of days.
select
    m.material_class,
    m.job,
    m.extra,
    m.cost_code,
    m.category,
    m.effective_from,
    m.effective_to,
    m.owner,
    m.approved_by
from core.mapping as m
where m.company_id = %(company_id)s and m.material_class = %(material_class)s and m.job = %(job)s
order by m.effective_from
