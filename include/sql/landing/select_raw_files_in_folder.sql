-- Raw files that lie in the raw folder, with what was told of them when they came; one row per file.
select
    r.sha256,
    r.byte_count,
    r.file_path
from landing.raw_file as r
where r.file_path is not null
order by r.file_path
