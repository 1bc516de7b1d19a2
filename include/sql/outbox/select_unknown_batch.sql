-- A file whose outcome is unknown, by name, locked; one row, none if it is in another state.
select
    b.batch_id,
    b.flow,
    b.environment,
    b.sha256,
    b.manifest
from outbox.batch as b
where b.company_id = %(company_id)s and b.file_name = %(file_name)s and b.state = 'unknown'
for update
