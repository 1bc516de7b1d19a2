-- Keep the bytes of the line results; one row.
update outbox.batch
set result = %(content)s
where batch_id = %(batch_id)s and result is null
