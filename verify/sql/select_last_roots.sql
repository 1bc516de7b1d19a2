-- The head each company's chain stood at up to a batch; one row per company.
select distinct on (h.company_id)
    h.company_id,
    h.root
from audit.chain_head as h
where h.batch <= %(batch)s
order by h.company_id asc, h.batch desc
