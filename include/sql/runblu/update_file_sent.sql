-- Note that data and manifest of a file were seen on the server; one row, none when it was noted before.
update outbox.runblu_file
set state = 'sent', sent_at = clock_timestamp()
where company_id = %(company_id)s and file_id = %(file_id)s and state = 'sealed'
