-- Evidence: every file the figures rest on, with its hash; one row per file.
select
    t.direction,
    t.flow,
    t.seq,
    t.rev,
    t.file_name,
    t.state,
    t.rows,
    t.rows_landed,
    t.rows_quarantined,
    t.bytes,
    t.sha256,
    t.validation
from mart.transfer as t
where t.company_id = %(company_id)s
order by t.direction, t.flow, t.seq, t.rev
