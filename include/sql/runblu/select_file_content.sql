-- The sealed bytes of one file; one row.
select
    f.content,
    f.manifest
from outbox.runblu_file as f
where f.company_id = %(company_id)s and f.file_id = %(file_id)s
