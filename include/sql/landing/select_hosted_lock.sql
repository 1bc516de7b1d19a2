-- Let one worker at a time read the hosted service of a company, to the end of the session or its release.
select pg_advisory_lock(hashtextextended('hosted ' || %(company_id)s::text, 0))
