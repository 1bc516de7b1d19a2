-- What is wrong with a mapping as it is wanted; one row per setting.
select
    f.setting,
    f.found,
    f.allowed
from core.mapping_fault(
    %(company_id)s, %(material_class)s, %(job)s, %(extra)s, %(cost_code)s, %(category)s, %(effective_from)s
) as f
