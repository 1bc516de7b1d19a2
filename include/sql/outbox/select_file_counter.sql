-- The lane's counter row, locked: whoever holds it alone seals or claims in this lane; one row.
select
    c.last_seq,
    c.last_sha256,
    c.is_locked,
    c.lock_reason
from outbox.file_counter as c
where c.company_id = %(company_id)s and c.flow = %(flow)s and c.environment = %(environment)s
for update
