-- Take the session lock of a file if no live worker holds it; it falls with the worker's connection; one row.
select pg_try_advisory_lock(hashtextextended('sage-bridge batch ' || %(batch_id)s::text, 0)) as is_taken
