-- The newest file of heads of a company, and the head the chain has now where that file ends; one row or none.
select
    f.file_name,
    f.sha256,
    f.sent_at,
    f.last_batch,
    encode(f.last_root, 'hex') as last_root,
    encode(h.root, 'hex') as root_now
from audit.head_file as f
left join audit.chain_head as h on h.batch = f.last_batch and h.company_id = f.company_id
where f.company_id = %(company_id)s and f.environment = %(environment)s
order by f.seq desc
limit 1
