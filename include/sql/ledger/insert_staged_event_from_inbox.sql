-- Stage the waiting documents of the live inbox, oldest first, at most document_limit; the rows stay locked until the
-- landing commits.
with waiting as (
    select
        inbox_id,
        company_id,
        event_id,
        document
    from ledger.event_inbox
    where taken_at is null
    order by inbox_id
    limit %(document_limit)s
    for update skip locked
),

taken as (
    update ledger.event_inbox as i
    set taken_at = clock_timestamp()
    from waiting
    where i.inbox_id = waiting.inbox_id
)

insert into staged_event (row_no, company_id, event_id, document)
select
    inbox_id,
    company_id,
    event_id,
    document
from waiting
