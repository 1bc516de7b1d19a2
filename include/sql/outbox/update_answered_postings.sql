-- Give cost lines the answer of their file's line; read-back from Sage outranks it; one row per line.
update outbox.cost_posting as p
set
    state = case when l.result = 'ACCEPTED' then 'accepted' else 'rejected' end,
    sent_at = coalesce(p.sent_at, clock_timestamp()),
    accepted_at = case when l.result = 'ACCEPTED' then clock_timestamp() end,
    reject_reason = case
        when l.result = 'REJECTED' then nullif(concat_ws(': ', nullif(l.result_code, ''), l.result_message), '')
    end,
    reject_rule = null
from outbox.batch_line as l
where
    l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
    and p.company_id = l.company_id and p.posting_id = l.posting_id
    and p.version_no = l.version_no
    and p.state not in ('posted', 'reversed')
