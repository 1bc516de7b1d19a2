-- One transfer with its manifest and what Great Expectations said of it; the one that landed where a file came twice.
select
    t.company_id,
    t.direction,
    t.flow,
    t.environment,
    t.seq,
    t.rev,
    t.file_name,
    t.state,
    t.row_count as rows, -- noqa: RF04
    t.rows_landed,
    t.rows_quarantined,
    t.byte_count as bytes,
    t.sha256,
    t.manifest,
    t.validation,
    t.reason,
    t.attempts,
    t.found_at,
    t.finished_at,
    t.acknowledged_at,
    t.transfer_id
from audit.transfer as t
where
    t.company_id = %(company_id)s and t.direction = %(direction)s and t.flow = %(flow)s and t.seq = %(seq)s
    and t.rev = %(rev)s
order by (t.state = 'landed') desc, t.transfer_id
limit 1
