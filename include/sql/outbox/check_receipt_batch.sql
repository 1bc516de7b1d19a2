-- Counts of what a sealed confirmation file must not have; one row, judged by its suite before the seal is committed.
with line as (
    select
        l.line_number,
        l.reference,
        l.event_id,
        r.state,
        r.units,
        s.units_told,
        r.commitment,
        r.item_number,
        r.company_id,
        t.status as tag_status,
        m.event_type,
        i.commitment is null as is_unknown_line
    from outbox.batch_line as l
    left join outbox.receiving_confirmation as r on l.company_id = r.company_id and l.event_id = r.reference
    left join ledger.event_tag as t on r.company_id = t.company_id and r.event_id = t.event_id
    left join ledger.material_event as m on r.company_id = m.company_id and r.event_id = m.event_id
    left join core.commitment_item as i
        on r.company_id = i.company_id and r.commitment = i.commitment and r.item_number = i.item_number
    -- What has been told of the event with this line.
    left join lateral (
        select sum(c.units) as units_told
        from outbox.receiving_confirmation as c
        where
            c.company_id = r.company_id and c.event_id = r.event_id
            and c.state not in ('eligible', 'held', 'rejected')
    ) as s on true
    where l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
)

select
    count(*) as rows_sealed,
    count(*) - max(b.row_count) as rows_difference,
    max(l.line_number) - count(*) as line_number_gaps,
    count(*) - count(distinct l.reference) as references_repeated,
    count(*) filter (where l.reference is distinct from l.event_id) as references_foreign,
    count(*) filter (where l.state is distinct from 'sealed') as lines_not_sealed,
    count(*) filter (where l.tag_status is distinct from 'tagged' and l.units_told is distinct from 0)
        as events_not_tagged,
    count(*) filter (where l.is_unknown_line) as lines_unknown,
    count(*) filter (where coalesce(l.units, 0) = 0) as units_zero,
    count(*) filter (where l.event_type = 'received' and l.units_told < 0) as receipts_negative,
    count(*) filter (where l.event_type in ('rejected', 'returned') and l.units_told > 0) as rejections_positive
from line as l
inner join outbox.batch as b on b.company_id = %(company_id)s and b.batch_id = %(batch_id)s
