-- Cost lines as Sage's answers would leave them; one row per line.
update outbox.cost_posting
set state = 'accepted', sent_at = now(), received_at = now(), accepted_at = now()
where company_id = %(company_id)s and state = 'sealed'
