-- Keep the bytes of the line results; one row.
update outbox.batch
set result = %(content)s
where company_id = %(company_id)s and batch_id = %(batch_id)s and result is null
