-- Greatest file number of a flow that Sage's job cost rows name in Batch and Ref_2; one row, null when none does.
select max(right(t.batch, 7)::bigint) as seq
from core.job_cost_transaction as t
where
    t.company_id = %(company_id)s
    and t.batch = t.ref_2
    and left(t.batch, -7) = %(marks)s
    and right(t.batch, 7) ~ '^[0-9]{7}$'
