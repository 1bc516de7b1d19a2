-- Keep every refused document with its reason; one exception per event id and rule, with all documents refused now as
-- its payload: as received where it is one, a list where they are several. What a person dismissed stays dismissed.
with refused as (
    select
        t.company_id,
        coalesce(nullif(btrim(t.outer_event_id), ''), nullif(t.event_id, ''), 'row ' || t.row_no) as record_key,
        t.rule,
        count(distinct t.document) as documents,
        jsonb_agg(distinct t.document) as payloads
    from typed_event as t
    where t.rule is not null and t.rule <> 'repeat'
    group by 1, 2, 3
)

insert into audit.exception (company_id, record_kind, record_key, rule, reason, remedy, owner, payload, transfer_id)
select
    r.company_id,
    'event_document' as record_kind,
    r.record_key,
    r.rule,
    format('event %%s breaks the rule %%s', r.record_key, r.rule) as reason,
    case r.rule
        when 'event_id_reused' then 'the id is taken by other content: send this event again under an id of its own'
        when 'company_unknown' then 'load the company''s profile, then run replay__exceptions'
        else 'correct the document at its source and send it again under the same event id'
    end as remedy,
    'RunBlu' as owner,
    case when r.documents = 1 then r.payloads -> 0 else r.payloads end as payload,
    %(transfer_id)s::bigint as transfer_id
from refused as r
where
    not exists (
        select
        from audit.exception as x
        where
            x.dismissed_reason is not null
            and x.company_id = r.company_id and x.record_kind = 'event_document'
            and x.record_key = r.record_key and x.rule = r.rule
            and x.payload = case when r.documents = 1 then r.payloads -> 0 else r.payloads end
    )
on conflict (company_id, record_kind, record_key, rule) where closed_at is null
do update set
    attempts = audit.exception.attempts + 1,
    last_attempt_at = now(),
    reason = excluded.reason,
    remedy = excluded.remedy,
    payload = excluded.payload,
    transfer_id = excluded.transfer_id
