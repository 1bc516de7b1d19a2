-- Exceptions that opened, and those RunBlu knows that closed since, at most %(most_rows)s; one row per exception.
with record as (
    select
        x.exception_id,
        x.exception_id::text as record_key,
        case when x.closed_at is null then 'open' else 'closed' end as version,
        to_jsonb(x) - 'company_id' - 'payload' - 'transfer_id' as content
    from audit.exception as x
    where x.company_id = %(company_id)s
)

select
    r.record_key,
    r.version,
    jsonb_build_object(
        'kind', 'exception', 'company_id', %(company_id)s, 'version', r.version,
        'record', outbox.text_document(r.content)
    )::text as document
from record as r
left join outbox.runblu_record as t
    on t.company_id = %(company_id)s and t.flow = 'EXCEPT' and t.record_key = r.record_key
where t.version is distinct from r.version and (t.version is not null or r.version = 'open')
order by r.exception_id
limit %(most_rows)s
