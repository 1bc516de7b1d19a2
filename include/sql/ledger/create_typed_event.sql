-- Typed reading of the staged documents, one row each; `rule` names a document's first broken promise, null = good.
-- A value is cast only after its text has the right shape, so that a bad document never stops the good ones.
create temporary table typed_event on commit drop as
-- `judged` is materialized so that its rule is worked out once a row, not once for each column that asks for it
-- (5x measured).
with text_fields as (
    select
        s.row_no,
        s.company_id,
        s.document,
        btrim(d.event_id) as event_id,
        s.event_id as outer_event_id,
        d.company_id as inner_company_id,
        d.event_type,
        d.occurred_at as occurred_text,
        d.recorded_at as recorded_text,
        coalesce(d.actor, '') as actor,
        coalesce(d.device, '') as device,
        nullif(btrim(d.commitment), '') as commitment,
        nullif(btrim(d.item_number), '') as item_text,
        nullif(btrim(d.standard_item), '') as standard_item,
        coalesce(btrim(d.location), '') as location,
        d.quantity as quantity_text,
        coalesce(btrim(d.unit), '') as unit,
        nullif(btrim(d.job), '') as job,
        btrim(d.extra) as extra,
        nullif(btrim(d.cost_code), '') as cost_code,
        nullif(btrim(d.category), '') as category,
        nullif(btrim(d.receipt_event_id), '') as receipt_event_id,
        nullif(btrim(d.reverses_event_id), '') as reverses_event_id,
        d.reason,
        d.disposition,
        nullif(btrim(d.to_job), '') as to_job,
        nullif(btrim(d.to_location), '') as to_location,
        d.evidence_hash
    from staged_event as s
    left join lateral jsonb_to_record(case when jsonb_typeof(s.document) = 'object' then s.document end) as d (
        event_id text, company_id text, event_type text, occurred_at text, recorded_at text, actor text, device text,
        commitment text, item_number text, standard_item text, location text, quantity text, unit text, job text,
        extra text, cost_code text, category text, receipt_event_id text, reverses_event_id text, reason text,
        disposition text, to_job text, to_location text, evidence_hash text
    ) on true
),

judged as materialized (
    select
        f.*,
        case
            when jsonb_typeof(f.document) <> 'object' then 'event_not_an_object'
            when coalesce(f.event_id, '') = '' or length(f.event_id) > 200 then 'event_id_missing'
            when f.outer_event_id is not null and f.outer_event_id <> f.event_id then 'event_id_differs'
            when f.inner_company_id is not null and f.inner_company_id <> f.company_id then 'company_differs'
            when f.company_id <> all(array(select c.company_id from core.company as c)) then 'company_unknown'
            when f.event_type is null or f.event_type not in (
                'received', 'rejected', 'returned', 'allocated', 'deallocated', 'transferred', 'installed',
                'uninstalled', 'wasted', 'counted', 'reversed'
            ) then 'event_type_unknown'
            when
                f.occurred_text is null
                or f.occurred_text
                !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$'
                or not pg_input_is_valid(f.occurred_text, 'timestamp with time zone')
                then 'occurred_at_invalid'
            when
                f.recorded_text is null
                or f.recorded_text
                !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})$'
                or not pg_input_is_valid(f.recorded_text, 'timestamp with time zone')
                then 'recorded_at_invalid'
            when
                f.quantity_text is null
                -- Only a stock-take difference has a sign of its own.
                or f.quantity_text !~ case
                    when f.event_type = 'counted' then '^-?[0-9]{1,12}(\.[0-9]{1,4})?$'
                    else '^[0-9]{1,12}(\.[0-9]{1,4})?$'
                end
                or f.quantity_text::numeric = 0
                then 'quantity_invalid'
            when f.item_text is not null and f.item_text !~ '^[0-9]{1,5}$' then 'item_number_invalid'
            when (f.commitment is null) <> (f.item_text is null) then 'item_number_invalid'
            when f.event_type = 'reversed' and f.reverses_event_id is null then 'reversal_names_nothing'
            when
                f.event_type = 'transferred'
                and coalesce(f.to_job, f.to_location, nullif(btrim(f.document ->> 'to_cost_code'), '')) is null
                then 'transfer_names_no_place'
            when f.event_id in (f.receipt_event_id, f.reverses_event_id) then 'event_names_itself'
            when
                f.event_type in ('rejected', 'returned') and f.disposition is not null
                and f.disposition not in ('replace', 'credit', 'pay')
                then 'disposition_unknown'
            when f.document::text ~ '\\u00[01][0-9a-f]' then 'control_character'
        end as rule
    from text_fields as f
)

select
    j.row_no,
    j.company_id,
    j.event_id,
    j.outer_event_id,
    j.event_type,
    case when j.rule is null then j.occurred_text::timestamptz end as occurred_at,
    j.occurred_text,
    case when j.rule is null then left(j.occurred_text, 10)::date end as event_date,
    case when j.rule is null then j.recorded_text::timestamptz end as recorded_at,
    j.actor,
    j.device,
    j.commitment,
    case when j.rule is null then j.item_text::integer end as item_number,
    j.standard_item,
    j.location,
    case when j.rule is null then j.quantity_text::numeric(18, 4) end as quantity,
    j.unit,
    j.job,
    j.extra,
    j.cost_code,
    j.category,
    j.receipt_event_id,
    j.reverses_event_id,
    j.reason,
    j.disposition,
    j.to_job,
    j.to_location,
    j.evidence_hash,
    j.document,
    j.rule
from judged as j
