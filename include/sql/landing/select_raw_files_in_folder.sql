-- Raw files that lie in the raw folder; one row per file.
select
    r.sha256,
    r.file_path
from landing.raw_file as r
where r.file_path is not null
order by r.file_path
