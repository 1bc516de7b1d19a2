-- Files of a company that RunBlu has not taken yet, in the order they were sealed; one row per file, without its
-- bytes.
select
    f.company_id,
    f.file_id,
    f.flow,
    f.environment,
    f.seq,
    f.file_name,
    f.sha256,
    f.row_count,
    length(f.content) as byte_count,
    f.state
from outbox.runblu_file as f
where f.company_id = %(company_id)s and f.state in ('sealed', 'sent', 'refused')
order by f.file_id
