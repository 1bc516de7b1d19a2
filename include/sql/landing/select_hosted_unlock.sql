-- Let the next worker read the hosted service of a company.
select pg_advisory_unlock(hashtextextended('hosted ' || %(company_id)s::text, 0))
