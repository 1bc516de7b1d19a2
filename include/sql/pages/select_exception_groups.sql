-- Depth and age of what waits for a repair; one row per company, rule and owner, deepest first.
select
    x.company_id,
    x.rule,
    x.owner,
    count(*) as exceptions,
    now() - min(x.opened_at) as oldest
from mart.open_exception as x
group by x.company_id, x.rule, x.owner
order by count(*) desc, x.company_id asc, x.rule asc, x.owner asc
