-- Files whose ack or line results are still to come, oldest first; one row per file.
select
    b.batch_id,
    b.company_id,
    b.flow,
    b.environment,
    b.seq,
    b.rev,
    b.file_name,
    b.sha256,
    octet_length(b.content) as byte_count,
    b.row_count,
    b.state,
    b.ack is not null as has_ack,
    b.result is not null as has_result
from outbox.batch as b
where
    b.company_id = %(company_id)s
    and b.state in ('sending', 'sent', 'received', 'accepted', 'part', 'rejected', 'posted')
    and (b.ack is null or b.result is null)
    and b.sealed_at > now() - make_interval(days => %(kept_days)s)
order by b.flow, b.seq
