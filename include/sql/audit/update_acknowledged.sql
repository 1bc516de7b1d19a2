-- Note that the acknowledgement of a transfer is on the server.
update audit.transfer
set acknowledged_at = clock_timestamp()
where transfer_id = %(transfer_id)s
