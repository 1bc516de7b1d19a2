-- 200 jobs of the bench's company; one row per job.
insert into core.job (company_id, job, description, status, transfer_id)
select
    %(company_id)s,
    'J' || lpad(j::text, 4, '0') as job,
    'Job ' || j as description,
    'In progress' as status,
    0 as transfer_id
from generate_series(1, %(jobs)s::integer) as j
