-- Transfers whose acknowledgement is not on the server yet; one row per transfer, oldest first.
select
    t.transfer_id,
    t.file_name,
    t.flow,
    t.seq,
    t.rev,
    t.sha256,
    t.byte_count,
    t.row_count,
    t.rows_landed,
    t.rows_quarantined,
    t.state,
    t.reason,
    t.finished_at
from audit.transfer as t
where
    t.company_id = %(company_id)s
    and t.environment = %(environment)s
    and t.direction = 'in'
    and t.flow = %(flow)s
    and t.acknowledged_at is null
    and t.finished_at is not null
order by t.transfer_id
