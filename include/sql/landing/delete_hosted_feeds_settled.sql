-- Forget the bytes of feeds that are settled: what landed is kept with the raw files.
delete from landing.hosted_feed as f
using audit.transfer as t
where
    f.company_id = %(company_id)s
    and f.environment = %(environment)s
    and t.company_id = f.company_id
    and t.direction = 'in'
    and t.file_name = f.file_name
    and t.state = any(%(states)s::text[])
