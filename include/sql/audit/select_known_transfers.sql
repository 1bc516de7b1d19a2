-- Transfers of one flow that a new file is judged against: those from a number on, and the newest that landed.
select
    seq,
    rev,
    coalesce(sha256, '') as sha256,
    state,
    coalesce(row_count, 0) as row_count
from audit.transfer
where
    company_id = %(company_id)s
    and flow = %(flow)s
    and environment = %(environment)s
    and direction = 'in'
    and sha256 <> ''
    and (
        seq >= %(from_seq)s
        or seq = (
            select max(l.seq)
            from audit.transfer as l
            where
                l.company_id = %(company_id)s
                and l.flow = %(flow)s
                and l.environment = %(environment)s
                and l.direction = 'in'
                and (l.state = 'landed' or l.seq < %(from_seq)s)
        )
    )
order by seq, rev, transfer_id
