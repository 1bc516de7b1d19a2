-- The heads of one company's chain in order, as far as they are compared with published ones; one row per batch.
select
    h.batch,
    h.event_count,
    encode(h.root, 'hex') as root,
    encode(h.previous_root, 'hex') as previous_root,
    to_char(h.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
from audit.chain_head as h
where h.company_id = %(company_id)s
order by h.batch
