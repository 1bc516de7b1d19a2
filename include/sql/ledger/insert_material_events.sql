-- Land the good documents of one company as events in chained batches of at most batch_size rows; one row per event.
-- The leaf hash of each row is made by trigger over every stored column.
with numbered as (
    select
        t.*,
        row_number() over (order by t.row_no) - 1 as place
    from typed_event as t
    where t.rule is null and t.company_id = %(company_id)s
),

batches as (
    select
        b.batch_place,
        nextval(pg_get_serial_sequence('audit.chain_head', 'batch')) as batch
    from (
        select distinct n.place / %(batch_size)s as batch_place
        from numbered as n
        order by 1
    ) as b
)

insert into ledger.material_event (
    company_id, event_id, event_type, occurred_at, occurred_text, event_date, recorded_at, actor, device, commitment,
    item_number, standard_item, location, quantity, unit, job, extra, cost_code, category, receipt_event_id,
    reverses_event_id, reason, disposition, to_job, to_location, evidence_hash, document, batch,
    batch_position, close_count, transfer_id, landed_at
)
select
    n.company_id,
    n.event_id,
    n.event_type,
    n.occurred_at,
    n.occurred_text,
    n.event_date,
    n.recorded_at,
    n.actor,
    n.device,
    n.commitment,
    n.item_number,
    n.standard_item,
    n.location,
    n.quantity,
    n.unit,
    n.job,
    n.extra,
    n.cost_code,
    n.category,
    n.receipt_event_id,
    n.reverses_event_id,
    n.reason,
    n.disposition,
    n.to_job,
    n.to_location,
    n.evidence_hash,
    n.document,
    b.batch,
    mod(n.place, %(batch_size)s) + 1 as batch_position,
    (
        select coalesce(max(p.close_no), 0)
        from ledger.period_close as p
        where p.company_id = n.company_id
    ) as close_count,
    %(transfer_id)s::bigint as transfer_id,
    now() as landed_at
from numbered as n
inner join batches as b on b.batch_place = n.place / %(batch_size)s
