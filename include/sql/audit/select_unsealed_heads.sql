-- Heads of a company that no file holds yet, in the order of the chain, at most %(most_rows)s; one row per batch.
select
    h.batch,
    h.event_count,
    encode(h.root, 'hex') as root,
    encode(h.previous_root, 'hex') as previous_root,
    to_char(h.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
from audit.chain_head as h
where
    h.company_id = %(company_id)s
    and h.batch > (
        select coalesce(max(f.last_batch), 0)
        from audit.head_file as f
        where f.company_id = %(company_id)s and f.environment = %(environment)s
    )
order by h.batch
limit %(most_rows)s
