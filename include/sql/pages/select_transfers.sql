-- Files of one company and of flows named with spaces between ('' = all), newest first; one row per file, `total` the
-- number of all.
select
    t.company_id,
    t.flow,
    t.seq,
    t.rev,
    t.direction,
    t.file_name,
    t.state,
    t.rows,
    t.rows_landed,
    t.rows_quarantined,
    t.bytes,
    t.sha256,
    t.validation,
    t.reason,
    t.started_at,
    t.finished_at,
    count(*) over () as total
from mart.transfer as t
where
    (%(company_id)s = '' or t.company_id = %(company_id)s)
    and (%(flow)s = '' or t.flow = any(string_to_array(%(flow)s, ' ')))
    and (%(state)s = '' or t.state = %(state)s)
order by t.started_at desc, t.company_id asc, t.flow asc, t.seq desc, t.rev desc
limit %(page_rows)s offset %(rows_before)s
