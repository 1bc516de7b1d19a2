-- Keep every refused document with its reason; the payload is the document as received.
insert into audit.exception (company_id, record_kind, record_key, rule, reason, remedy, owner, payload, transfer_id)
select distinct on (t.company_id, coalesce(t.event_id, t.row_no::text), t.rule)
    t.company_id,
    'event_document' as record_kind,
    coalesce(nullif(t.event_id, ''), 'row ' || t.row_no) as record_key,
    t.rule,
    format('event %%s breaks the rule %%s', coalesce(nullif(t.event_id, ''), 'row ' || t.row_no), t.rule) as reason,
    'correct the document at its source and send it again under the same event id' as remedy,
    'RunBlu' as owner,
    t.document as payload,
    %(transfer_id)s::bigint as transfer_id
from typed_event as t
where t.rule is not null and t.rule <> 'repeat'
on conflict (company_id, record_kind, record_key, rule) where closed_at is null
do update set attempts = audit.exception.attempts + 1, last_attempt_at = now(), payload = excluded.payload
