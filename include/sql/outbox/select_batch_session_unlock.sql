-- Give the session lock of a file back; one row.
select pg_advisory_unlock(hashtextextended('sage-bridge batch ' || %(batch_id)s::text, 0)) as is_freed
