-- Files as Sage's answers would leave them; one row per file.
update outbox.batch
set state = 'accepted', sending_at = now(), sent_at = now(), received_at = now(), answered_at = now()
where company_id = %(company_id)s and state = 'sealed'
