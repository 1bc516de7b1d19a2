-- Wait for whoever prepares lines of this kind for this company; the lock falls at commit; one row.
select pg_advisory_xact_lock(hashtextextended('sage-bridge ' || %(what)s || ' ' || %(company_id)s, 0)) as is_locked
