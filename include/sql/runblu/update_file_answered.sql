-- Keep RunBlu's acknowledgement of a file; one row, none once it was received.
update outbox.runblu_file
set state = %(status)s, ack = %(ack)s, received_at = clock_timestamp()
where company_id = %(company_id)s and file_id = %(file_id)s and state in ('sealed', 'sent', 'refused')
