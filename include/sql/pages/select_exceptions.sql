-- Open exceptions by company, rule and owner ('' = all), oldest first; one row per exception.
select
    x.company_id,
    x.exception_id,
    x.record_kind,
    x.record_key,
    x.rule,
    x.reason,
    x.remedy,
    x.owner,
    x.opened_at,
    now() - x.opened_at as age,
    x.attempts,
    -- What is ours is cured, never given up.
    x.record_kind not in (
        'material_event', 'cost_posting', 'receiving_confirmation', 'job_cost_transaction', 'batch'
    ) as may_be_given_up,
    count(*) over () as total
from mart.open_exception as x
where
    (%(company_id)s = '' or x.company_id = %(company_id)s)
    and (%(rule)s = '' or x.rule = %(rule)s)
    and (%(owner)s = '' or x.owner = %(owner)s)
order by x.opened_at, x.exception_id
limit %(page_rows)s offset %(rows_before)s
