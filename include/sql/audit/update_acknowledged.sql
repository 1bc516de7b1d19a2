-- Note that the acknowledgement of a transfer is on the server.
update audit.transfer
set acknowledged_at = clock_timestamp()
where company_id = %(company_id)s and transfer_id = %(transfer_id)s
