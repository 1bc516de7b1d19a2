-- The next heads of a company's chain in a range of batches; one row per batch.
select
    h.batch,
    h.company_id,
    h.event_count,
    h.root,
    h.previous_root,
    h.created_at::text as created_at
from audit.chain_head as h
where h.company_id = %(company_id)s and h.batch > %(after)s and h.batch <= %(upto)s
order by h.batch
limit %(most)s
