-- Keep every refused document with its reason; one exception per event id and rule, with all documents refused now as
-- its payload: as received where it is one, a list where they are several. What a person dismissed stays dismissed.
with promise (rule, says, field) as (
    values
    ('event_not_an_object', 'an event is a JSON object', null),
    ('event_id_missing', 'event_id is given and has at most 200 characters', 'event_id'),
    ('event_id_differs', 'event_id is the one the document was inserted under', 'event_id'),
    ('event_id_reused', 'an event id stands for one content, and another one is held under it', 'event_id'),
    ('company_differs', 'company_id is the company the document was sent for', 'company_id'),
    ('company_unknown', 'the company is one of ours', 'company_id'),
    ('event_type_unknown', 'event_type is one of those agreed', 'event_type'),
    ('occurred_at_invalid', 'occurred_at is an instant with its offset, ISO 8601', 'occurred_at'),
    ('recorded_at_invalid', 'recorded_at is an instant with its offset, ISO 8601', 'recorded_at'),
    (
        'quantity_invalid',
        'quantity is a plain decimal, not zero, with at most 4 places, and only of a counted event negative',
        'quantity'
    ),
    ('item_number_invalid', 'item_number is a whole number of at most 5 digits, given with commitment', 'item_number'),
    ('reversal_names_nothing', 'a reversal names the event it takes back', 'reverses_event_id'),
    ('transfer_names_no_place', 'a transfer names to_job, to_location or to_cost_code', 'to_location'),
    ('event_names_itself', 'an event names another one than itself', 'event_id'),
    ('disposition_unknown', 'the disposition is replace, credit or pay', 'disposition'),
    ('control_character', 'texts hold no control characters', null)
),

refused as (
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
    coalesce(p.says, r.rule)
    || case
        when p.field is null then ''
        else '; found ' || coalesce(quote_literal(left(r.payloads -> 0 ->> p.field, 60)), 'nothing')
    end as reason,
    case r.rule
        when 'event_id_reused' then 'the id is taken by other content: send this event again under an id of its own'
        when 'company_unknown' then 'load the company''s profile, then run replay__exceptions'
        else 'correct the document at its source and send it again under the same event id'
    end as remedy,
    'RunBlu' as owner,
    case when r.documents = 1 then r.payloads -> 0 else r.payloads end as payload,
    %(transfer_id)s::bigint as transfer_id
from refused as r
left join promise as p on p.rule = r.rule
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
