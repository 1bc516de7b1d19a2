-- Let one run at a time put events of a company's golden transaction in, to the end of the transaction; one row.
select pg_advisory_xact_lock(hashtext('sage-bridge go-live ' || %(company_id)s))
