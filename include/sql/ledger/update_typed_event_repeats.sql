-- Mark documents that repeat an event id: `repeat` when the content is what we hold already (no effect),
-- `event_id_reused` when it differs. Documents are compared only where an id is held or comes twice.
with twice as (
    select
        t.company_id,
        t.event_id
    from typed_event as t
    where t.rule is null
    group by t.company_id, t.event_id
    having count(*) > 1
),

firsts as (
    select
        t.row_no,
        t.company_id,
        t.event_id,
        t.document,
        first_value(t.row_no) over same_id as first_row_no,
        first_value(t.document) over same_id as first_document
    from typed_event as t
    inner join twice as w on w.company_id = t.company_id and w.event_id = t.event_id
    where t.rule is null
    window same_id as (partition by t.company_id, t.event_id order by t.row_no)
),

known as (
    select
        t.row_no,
        case when e.document = t.document then 'repeat' else 'event_id_reused' end as rule
    from typed_event as t
    inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
    where t.rule is null
    union all
    select
        f.row_no,
        case when f.document = f.first_document then 'repeat' else 'event_id_reused' end as rule
    from firsts as f
    where
        f.row_no <> f.first_row_no
        and not exists (
            select from ledger.material_event as e
            where e.company_id = f.company_id and e.event_id = f.event_id
        )
)

update typed_event as t
set rule = known.rule
from known
where known.row_no = t.row_no
