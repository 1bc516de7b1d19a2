-- Mark documents that repeat an event id: `repeat` when the content is what we hold already (no effect),
-- `event_id_reused` when it differs.
with firsts as (
    select
        t.row_no,
        t.company_id,
        t.event_id,
        t.document,
        first_value(t.row_no) over same_id as first_row_no,
        first_value(t.document) over same_id as first_document
    from typed_event as t
    where t.rule is null
    window same_id as (partition by t.company_id, t.event_id order by t.row_no)
),

known as (
    select
        f.row_no,
        case
            when e.event_id is not null and e.document = f.document then 'repeat'
            when e.event_id is not null then 'event_id_reused'
            when f.row_no <> f.first_row_no and f.document = f.first_document then 'repeat'
            when f.row_no <> f.first_row_no then 'event_id_reused'
        end as rule
    from firsts as f
    left join ledger.material_event as e on e.company_id = f.company_id and e.event_id = f.event_id
)

update typed_event as t
set rule = known.rule
from known
where known.row_no = t.row_no and known.rule is not null
