-- Take over what a file sent before a restore says of a journal line that has come into being again with the same
-- amount. One row per line.
with adopted as (
    update outbox.batch_line as l
    set
        journal_line_id = p.line_id,
        version_no = p.version_no
    from outbox.journal_line as p, outbox.batch as b
    where
        l.company_id = %(company_id)s
        and l.posting_id is null
        and l.event_id is null
        and l.journal_line_id is null
        and b.company_id = l.company_id and b.batch_id = l.batch_id
        and b.flow = 'GLJ'
        and p.company_id = l.company_id
        and p.reference = l.reference
        and p.amount = l.amount
        and p.state in ('eligible', 'held')
    returning l.company_id, l.journal_line_id, l.batch_id, l.result, l.result_code, l.result_message
)

update outbox.journal_line as p
set
    state = case a.result when 'ACCEPTED' then 'accepted' when 'REJECTED' then 'rejected' else 'received' end,
    hold_rule = null,
    hold_reason = null,
    reject_reason
    = case when a.result = 'REJECTED' then concat_ws(': ', nullif(a.result_code, ''), a.result_message) end,
    sealed_at = b.sealed_at,
    sent_at = b.sent_at,
    received_at = b.received_at,
    accepted_at = case when a.result = 'ACCEPTED' then b.answered_at end
from adopted as a
inner join outbox.batch as b on a.company_id = b.company_id and a.batch_id = b.batch_id
where p.company_id = a.company_id and p.line_id = a.journal_line_id
