-- The item of every event that names no PO line: its own, or that of the event it names, however many steps back; one
-- row per event.
create temporary table work_item on commit drop as
with recursive found as (
    select
        t.company_id,
        t.event_id,
        t.effect,
        t.status,
        e.standard_item
    from ledger.event_tag as t
    inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
    where
        t.commitment is null and t.effect is not null
        and t.owner_event_id is null and t.layer_event_id is null and e.standard_item is not null
    union all
    select
        t.company_id,
        t.event_id,
        t.effect,
        t.status,
        f.standard_item
    from found as f
    inner join ledger.event_tag as t
        on t.company_id = f.company_id and coalesce(t.owner_event_id, t.layer_event_id) = f.event_id
    where t.commitment is null and t.effect is not null
)

select
    f.company_id,
    f.event_id,
    f.effect,
    f.status,
    f.standard_item
from found as f
