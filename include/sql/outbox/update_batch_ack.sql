-- Keep the bytes of a technical ack; one row.
update outbox.batch
set ack = %(content)s
where batch_id = %(batch_id)s and ack is null
