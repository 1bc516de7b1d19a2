-- Raw files that lie in their rows and came before a moment, oldest first; one row per file.
select
    r.company_id,
    r.sha256,
    r.byte_count
from landing.raw_file as r
where r.content is not null and r.stored_at < %(before)s
order by r.stored_at, r.sha256
