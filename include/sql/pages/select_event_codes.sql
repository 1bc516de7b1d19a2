-- Why an event has its codes: the four sources in the order they are asked; one row per source.
select
    x.step,
    x.source,
    x.verdict,
    x.job,
    x.extra,
    x.cost_code,
    x.category,
    x.reason
from mart.explain_event_codes(%(company_id)s, %(event_id)s) as x
order by x.step
