-- Say of every waiting event that no line at work could take why that is.
with reasons as (
    select
        t.company_id,
        t.event_id,
        case
            when t.effect is null and named.event_id is null then 'receipt_unknown'
            when t.effect is null and named.effect is null then 'receipt_waits'
            when t.effect is null and e.event_type = 'reversed' then 'reversal_not_possible'
            when t.effect is null then 'names_wrong_event'
            when t.commitment is not null and i.commitment is null then 'commitment_unknown'
            when t.commitment is null then 'untagged'
        end as rule
    from ledger.event_tag as t
    inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
    left join ledger.event_tag as named
        on named.company_id = t.company_id and named.event_id = coalesce(e.reverses_event_id, e.receipt_event_id)
    left join core.commitment_item as i
        on i.company_id = t.company_id and i.commitment = t.commitment and i.item_number = t.item_number
    where
        t.status = 'waiting'
        and not exists (
            select from work_event as w
            where w.company_id = t.company_id and w.event_id = t.event_id
        )
)

update ledger.event_tag as t
set rule = r.rule
from reasons as r
where t.company_id = r.company_id and t.event_id = r.event_id and r.rule is not null and t.rule <> r.rule
