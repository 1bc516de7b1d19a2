-- Files all of whose accepted lines Sage shows as posted; without line results every line must be. One row per file.
select
    b.batch_id,
    b.file_name,
    b.state
from outbox.batch as b
where
    b.company_id = %(company_id)s
    and b.flow in ('DC', 'ADJ', 'GLJ', 'CMT')
    and b.state in ('sent', 'received', 'accepted', 'part', 'unknown')
    and not exists (
        select
        from outbox.batch_line as l
        left join outbox.cost_posting as p on l.company_id = p.company_id and l.posting_id = p.posting_id
        left join outbox.journal_line as j on l.company_id = j.company_id and l.journal_line_id = j.line_id
        left join outbox.change_order as w on l.company_id = w.company_id and l.change_id = w.change_id
        where
            l.company_id = b.company_id and l.batch_id = b.batch_id
            and l.result is distinct from 'REJECTED'
            and coalesce(p.state, j.state, w.state) is distinct from 'posted'
    )
order by b.seq
