-- Records of one transfer that were kept out and are not cured yet; one row per exception, the first of them.
select
    x.exception_id,
    x.record_kind,
    x.record_key,
    x.rule,
    x.reason,
    x.remedy,
    x.owner,
    count(*) over () as total
from audit.exception as x
where x.company_id = %(company_id)s and x.transfer_id = %(transfer_id)s and x.closed_at is null
order by x.rule, x.record_key
limit %(most_rows)s
