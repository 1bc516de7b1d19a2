-- Mappings of a company, or of all ('' = all), by words of class, job or code; one row per stretch of days.
select
    m.company_id,
    m.material_class,
    m.job,
    m.job_name,
    m.extra,
    m.cost_code,
    m.category,
    m.effective_from,
    m.effective_to,
    m.proposed_by,
    m.approved_by,
    m.origin,
    current_date between m.effective_from and coalesce(m.effective_to, 'infinity') as is_in_force,
    count(*) over () as total
from mart.mapping as m
where
    (%(company_id)s = '' or m.company_id = %(company_id)s)
    and (
        %(words)s = ''
        or strpos(
            lower(concat_ws(' ', m.material_class, m.job, m.job_name, m.cost_code, m.category)), lower(%(words)s)
        ) > 0
    )
order by m.company_id asc, m.material_class asc, m.job asc, m.effective_from desc
limit %(page_rows)s offset %(rows_before)s
