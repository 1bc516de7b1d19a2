-- The item of every event that names no PO line; one row per event.
create temporary table work_item on commit drop as
select
    u.company_id,
    u.event_id,
    u.effect,
    u.status,
    u.standard_item,
    u.is_named
from ledger.unplaced_event as u
