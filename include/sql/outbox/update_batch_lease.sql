-- Prolong the lease of the worker that holds it and keep what it notes; one row, none when the lease is another's.
update outbox.batch as b
set
    lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    evidence = b.evidence || %(evidence)s::jsonb
where
    b.company_id = %(company_id)s and b.batch_id = %(batch_id)s
    and b.lease_token = %(token)s::uuid and b.state = 'sending'
