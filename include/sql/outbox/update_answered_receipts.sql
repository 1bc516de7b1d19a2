-- Give receiving confirmations the answer of their file's line; one row per event.
update outbox.receiving_confirmation as r
set
    state = case when l.result = 'ACCEPTED' then 'accepted' else 'rejected' end,
    sent_at = coalesce(r.sent_at, clock_timestamp()),
    accepted_at = case when l.result = 'ACCEPTED' then clock_timestamp() end,
    reject_reason = case
        when l.result = 'REJECTED' then nullif(concat_ws(': ', nullif(l.result_code, ''), l.result_message), '')
    end
from outbox.batch_line as l
where
    l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
    and r.company_id = l.company_id
    and r.reference = l.event_id
    and r.version_no = l.version_no
