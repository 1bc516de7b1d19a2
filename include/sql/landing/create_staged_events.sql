-- Read the lines of an event file as the columns of its feed, one row per line; what is no JSON object gives none. One
-- that names a key twice is none as agreed either, since which of the two values is meant would be a guess.
create temporary table staged on commit drop as
-- Materialized: else the planner puts the document's expression, and with it the parser, into each of the columns (15
-- times as long for 135,000 events).
with parsed as materialized (
    select
        row_no,
        line,
        -- Thousands of brackets inside each other would exceed the stack of the server, and with it the whole file.
        case
            when octet_length(line) > 8000 and regexp_count(line, '[[{]') > 1000 then null
            when pg_input_is_valid(line, 'jsonb') then line::jsonb
        end as document
    from staged_line
)

select
    l.row_no,
    l.line,
    case when l.document is null then false else l.line is json object with unique keys end as is_object,
    l.document,
    nullif(btrim(l.document ->> 'event_id'), '') as event_id,
    nullif(btrim(l.document ->> 'company_id'), '') as company_id,
    nullif(btrim(l.document ->> 'event_type'), '') as event_type,
    nullif(btrim(l.document ->> 'occurred_at'), '') as occurred_at,
    nullif(btrim(l.document ->> 'recorded_at'), '') as recorded_at,
    nullif(btrim(l.document ->> 'actor'), '') as actor,
    nullif(btrim(l.document ->> 'device'), '') as device,
    nullif(btrim(l.document ->> 'commitment'), '') as commitment,
    nullif(btrim(l.document ->> 'item_number'), '') as item_number,
    nullif(btrim(l.document ->> 'standard_item'), '') as standard_item,
    nullif(btrim(l.document ->> 'location'), '') as location,
    nullif(btrim(l.document ->> 'quantity'), '') as quantity,
    nullif(btrim(l.document ->> 'unit'), '') as unit,
    nullif(btrim(l.document ->> 'job'), '') as job,
    nullif(btrim(l.document ->> 'extra'), '') as extra,
    nullif(btrim(l.document ->> 'cost_code'), '') as cost_code,
    nullif(btrim(l.document ->> 'category'), '') as category,
    nullif(btrim(l.document ->> 'receipt_event_id'), '') as receipt_event_id,
    nullif(btrim(l.document ->> 'reverses_event_id'), '') as reverses_event_id,
    nullif(btrim(l.document ->> 'reason'), '') as reason,
    nullif(btrim(l.document ->> 'disposition'), '') as disposition
from parsed as l
