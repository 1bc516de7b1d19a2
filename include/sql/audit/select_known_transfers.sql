-- Transfers of one flow that a new file is judged against: those from a number on, the nearest before that number, and
-- the newest that landed; one row per number, version and content.
with of_flow as (
    select
        transfer_id,
        seq,
        rev,
        sha256,
        state,
        row_count
    from audit.transfer
    where
        company_id = %(company_id)s
        and flow = %(flow)s
        and environment = %(environment)s
        and direction = 'in'
        and sha256 <> ''
)

select
    seq,
    rev,
    sha256,
    state,
    coalesce(row_count, 0) as row_count
from of_flow
where
    seq >= %(from_seq)s
    or seq = (
        select max(f.seq) from of_flow as f
        where f.seq < %(from_seq)s
    )
    or seq = (
        select max(f.seq) from of_flow as f
        where f.state = 'landed'
    )
order by seq, rev, transfer_id
