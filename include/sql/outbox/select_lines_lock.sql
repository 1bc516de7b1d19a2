-- Wait for whoever changes lines of this kind of this company; the lock falls at commit; one row.
select pg_advisory_xact_lock(hashtextextended('sage-bridge ' || %(what)s || ' ' || %(company_id)s, 0)) as is_locked
