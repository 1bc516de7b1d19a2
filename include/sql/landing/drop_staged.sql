-- Remove the working tables of the transfer before, which are still there within one longer transaction of a caller.
drop table if exists
pg_temp.staged, pg_temp.staged_line, pg_temp.staged_violation, pg_temp.staged_quarantine, pg_temp.staged_exception
cascade
