-- Keep the bytes of a technical ack; one row.
update outbox.batch
set ack = %(content)s
where company_id = %(company_id)s and batch_id = %(batch_id)s and ack is null
