-- Take over what a file sent before a restore says of a confirmation that has come into being again; one row per event.
update outbox.receiving_confirmation as r
set
    state = case l.result when 'ACCEPTED' then 'accepted' when 'REJECTED' then 'rejected' else 'received' end,
    hold_rule = null,
    hold_reason = null,
    reject_reason
    = case when l.result = 'REJECTED' then concat_ws(': ', nullif(l.result_code, ''), l.result_message) end,
    sealed_at = b.sealed_at,
    sent_at = b.sent_at,
    received_at = b.received_at
from outbox.batch_line as l
inner join outbox.batch as b on l.company_id = b.company_id and l.batch_id = b.batch_id
where
    r.company_id = %(company_id)s
    and r.state in ('eligible', 'held')
    and l.company_id = r.company_id
    and l.event_id = r.reference
    and l.version_no = r.version_no
    and b.evidence ? 'adopted'
