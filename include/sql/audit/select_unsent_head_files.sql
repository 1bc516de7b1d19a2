-- Sealed files of heads that were not seen on the server yet, in order; one row per file.
select
    f.company_id,
    f.file_id,
    f.file_name,
    f.content,
    f.manifest,
    f.row_count
from audit.head_file as f
where f.company_id = %(company_id)s and f.environment = %(environment)s and f.sent_at is null
order by f.seq
