-- Evidence: what waits for a repair; one row per open exception.
select
    x.exception_id,
    x.record_kind,
    x.record_key,
    x.rule,
    x.reason,
    x.remedy,
    x.owner,
    x.attempts,
    x.opened_at
from mart.open_exception as x
where x.company_id = %(company_id)s
order by x.exception_id
