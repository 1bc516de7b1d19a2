-- Sealed feeds of the wanted flows, whatever became of them, oldest first.
select
    file_name,
    content,
    manifest,
    sealed_at
from landing.hosted_feed
where company_id = %(company_id)s and environment = %(environment)s and flow = any(%(flows)s::text[])
order by flow, seq
