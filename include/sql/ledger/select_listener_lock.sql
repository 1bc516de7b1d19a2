-- Take the lock of the one who listens to the inbox if nobody holds it; it falls with the connection; one row.
select pg_try_advisory_lock(hashtext('sage-bridge listener')) as is_taken
