-- What was sealed or arrived last of a flow; one row, or none.
select
    t.seq,
    t.sha256,
    t.state
from audit.transfer as t
where
    t.company_id = %(company_id)s
    and t.flow = %(flow)s
    and t.environment = %(environment)s
    and t.direction = 'in'
union all
select
    f.seq,
    f.sha256,
    'sealed' as state
from landing.hosted_feed as f
where f.company_id = %(company_id)s and f.flow = %(flow)s and f.environment = %(environment)s
order by seq desc
limit 1
