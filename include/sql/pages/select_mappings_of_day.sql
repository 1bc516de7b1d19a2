-- The mappings of a class that could hold for a job on a day, in force first; one row per mapping.
select
    x.mapping_job as job,
    x.extra,
    x.cost_code,
    x.category,
    x.is_in_force,
    x.reason
from mart.explain_mapping(%(company_id)s, %(material_class)s, %(job)s, %(day)s) as x
