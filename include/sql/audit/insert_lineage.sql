-- Note every file that reached a state worth telling and was not told in it; one row per file and state, oldest first.
-- Days that were told are not looked at again, but for the last: a transaction may end later than its clock says.
with known as (
    select coalesce(max(written_at) - interval '1 day', '-infinity') as since
    from audit.lineage
),

ended as (
    select
        t.company_id,
        t.direction,
        t.flow,
        t.seq,
        t.rev,
        t.state,
        t.file_name,
        t.row_count,
        t.rows_landed,
        t.rows_quarantined,
        t.byte_count,
        t.sha256,
        t.reason,
        t.found_at as started_at,
        t.finished_at
    from audit.transfer as t
    cross join known as k
    where
        t.state in ('landed', 'duplicate', 'quarantined', 'refused') and t.direction = 'in'
        and t.finished_at > k.since
    union all
    select
        b.company_id,
        'out' as direction,
        b.flow,
        b.seq,
        b.rev,
        b.state,
        b.file_name,
        b.row_count,
        l.accepted as rows_landed,
        l.rejected as rows_quarantined,
        length(b.content) as byte_count,
        b.sha256,
        '' as reason,
        b.sealed_at as started_at,
        coalesce(b.posted_at, b.answered_at, b.received_at, b.sent_at) as finished_at
    from outbox.batch as b
    cross join known as k
    cross join
        lateral (
            select
                count(*) filter (where x.result = 'ACCEPTED') as accepted,
                count(*) filter (where x.result = 'REJECTED') as rejected
            from outbox.batch_line as x
            where x.company_id = b.company_id and x.batch_id = b.batch_id
        ) as l
    where
        b.state in ('accepted', 'part', 'rejected', 'posted', 'reversed')
        and coalesce(b.posted_at, b.answered_at, b.received_at, b.sent_at) > k.since
    union all
    select
        f.company_id,
        'out' as direction,
        f.flow,
        f.seq,
        1 as rev,
        f.state,
        f.file_name,
        f.row_count,
        f.row_count as rows_landed,
        0 as rows_quarantined,
        length(f.content) as byte_count,
        f.sha256,
        '' as reason,
        f.sealed_at as started_at,
        coalesce(f.received_at, f.sent_at) as finished_at
    from outbox.runblu_file as f
    cross join known as k
    where f.state in ('received', 'refused') and coalesce(f.received_at, f.sent_at) > k.since
),

told as (
    insert into audit.lineage (company_id, direction, file_name, state)
    select distinct
        e.company_id,
        e.direction,
        e.file_name,
        e.state
    from ended as e
    on conflict do nothing
    returning company_id, direction, file_name, state
)

select distinct on (e.finished_at, t.company_id, t.direction, t.file_name, t.state)
    e.*,
    not exists (
        select
        from audit.lineage as o
        where o.company_id = t.company_id and o.direction = t.direction and o.file_name = t.file_name
    ) as is_first
from told as t
inner join ended as e
    on e.company_id = t.company_id and e.direction = t.direction and e.file_name = t.file_name and e.state = t.state
order by e.finished_at, t.company_id, t.direction, t.file_name, t.state
