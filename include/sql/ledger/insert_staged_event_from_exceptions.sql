-- Stage the refused documents of a company that have an id of their own, oldest first; one row per document. A bulk
-- file's line is in the field `line` of its payload; of several documents under one id the last one counts.
insert into staged_event (row_no, company_id, event_id, document)
select distinct on (d.record_key)
    d.exception_id,
    d.company_id,
    d.record_key,
    d.document
from (
    select
        x.exception_id,
        x.company_id,
        x.record_key,
        case
            when jsonb_typeof(x.payload) = 'array' then x.payload -> -1
            when x.transfer_id is not null and pg_input_is_valid(x.payload ->> 'line', 'jsonb')
                then (x.payload ->> 'line')::jsonb
            else x.payload
        end as document
    from audit.exception as x
    where
        x.company_id = %(company_id)s
        and x.record_kind = 'event_document'
        and x.closed_at is null
) as d
where jsonb_typeof(d.document) = 'object' and btrim(d.document ->> 'event_id') <> ''
order by d.record_key asc, d.exception_id desc
