-- What a change of a mapping would move, nothing being written; one row per job, codes now and then, and measure.
select
    p.job,
    concat_ws(' / ', nullif(p.extra_now, ''), p.cost_code_now, p.category_now) as codes_now,
    concat_ws(' / ', nullif(p.extra_then, ''), p.cost_code_then, p.category_then) as codes_then,
    p.measure,
    count(*) as events,
    min(p.event_date) as first_day,
    max(p.event_date) as last_day,
    sum(p.units) as units,
    sum(p.amount) as amount
from
    core.preview_mapping(
        %(company_id)s, %(material_class)s, %(job)s, %(extra)s, %(cost_code)s, %(category)s, %(effective_from)s,
        %(effective_to)s
    ) as p
group by p.job, codes_now, codes_then, p.measure
order by p.job, codes_now, codes_then, p.measure
