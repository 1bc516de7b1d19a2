-- Stage the waiting documents of the live inbox, oldest first, at most document_limit. The caller holds the landing
-- lock, so that nobody else takes them meanwhile.
with waiting as (
    select
        i.company_id,
        i.inbox_id
    from ledger.event_inbox as i
    where i.taken_at is null
    order by i.inbox_id
    limit %(document_limit)s
),

taken as (
    update ledger.event_inbox as i
    set taken_at = clock_timestamp()
    from waiting as w
    where i.company_id = w.company_id and i.inbox_id = w.inbox_id
    returning i.inbox_id, i.company_id, i.event_id, i.document
)

insert into staged_event (row_no, company_id, event_id, document)
select
    t.inbox_id,
    t.company_id,
    t.event_id,
    t.document
from taken as t
