-- L1: no event is lost, changed or counted twice. Whatever came in is in the log, or kept with its reason; the chain
-- counts the log; one row.
with inbox as (
    select
        count(*) filter (where i.taken_at is not null) as taken,
        count(*) filter (where i.taken_at is null) as waiting,
        count(*) filter (
            where
            i.taken_at is not null
            and not exists (
                select
                from ledger.material_event as e
                where e.company_id = i.company_id and e.event_id = btrim(i.event_id)
            )
            and not exists (
                select
                from audit.exception as x
                where
                    x.company_id = i.company_id and x.record_kind = 'event_document'
                    and (
                        x.payload = i.document
                        or (
                            jsonb_typeof(x.payload) = 'array'
                            and exists (
                                select
                                from jsonb_array_elements(x.payload) as one (document)
                                where one.document = i.document
                            )
                        )
                    )
            )
            and not exists (
                select
                from audit.exception as x
                inner join audit.exception_payload as p
                    on p.company_id = x.company_id and p.exception_id = x.exception_id
                where
                    x.company_id = i.company_id and x.record_kind = 'event_document'
                    and (
                        p.payload = i.document
                        or (
                            jsonb_typeof(p.payload) = 'array'
                            and exists (
                                select
                                from jsonb_array_elements(p.payload) as one (document)
                                where one.document = i.document
                            )
                        )
                    )
            )
        ) as lost
    from ledger.event_inbox as i
    where i.company_id = %(company_id)s
),

files as (
    select
        coalesce(sum(t.row_count), 0) as row_count,
        coalesce(sum(t.row_count - t.rows_landed - t.rows_quarantined), 0) as lost
    from audit.transfer as t
    where t.company_id = %(company_id)s and t.flow = 'EVENT' and t.state = 'landed'
),

landed as (
    select count(*) as events
    from ledger.material_event as e
    where e.company_id = %(company_id)s
),

chained as (
    select coalesce(sum(h.event_count), 0) as events
    from audit.chain_head as h
    where h.company_id = %(company_id)s
),

refused as (
    select count(*) as events
    from audit.exception as x
    where x.company_id = %(company_id)s and x.record_kind = 'event_document' and x.closed_at is null
)

select
    inbox.lost = 0 and files.lost = 0 and landed.events = chained.events as holds,
    inbox.taken as events_from_inbox,
    inbox.waiting as events_waiting_in_inbox,
    files.row_count as events_from_files,
    landed.events as events_landed,
    chained.events as events_chained,
    refused.events as events_refused,
    inbox.lost + files.lost as events_lost
from inbox
cross join files
cross join landed
cross join chained
cross join refused
