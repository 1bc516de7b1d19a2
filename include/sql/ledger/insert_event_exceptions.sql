-- Open an exception for every waiting event that has none for its rule, unless it is withdrawn; count another attempt
-- for those that have.
insert into audit.exception (company_id, record_kind, record_key, rule, reason, remedy, owner, payload)
select
    t.company_id,
    'material_event' as record_kind,
    t.event_id as record_key,
    t.rule,
    format(
        r.reason,
        e.event_type,
        e.quantity,
        e.unit,
        coalesce(t.commitment, e.standard_item, '?'),
        coalesce(t.item_number::text, '-'),
        coalesce(e.job, '-'),
        coalesce(e.cost_code, '-'),
        w.ways
    ) as reason,
    r.remedy,
    r.owner,
    e.document
from ledger.event_tag as t
inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
inner join ledger.waiting_rule as r on r.rule = t.rule
-- Ways that differ are named.
left join lateral (
    select
        ledger.unit_ways(
            e.company_id, coalesce(e.standard_item, l.standard_item, ''), e.unit, l.unit,
            coalesce(undone.event_date, e.event_date)
        ) as ways
    from core.commitment_item as l
    left join ledger.material_event as undone
        on
            e.event_type = 'reversed'
            and undone.company_id = e.company_id and undone.event_id = e.reverses_event_id
    where
        t.rule = 'unit_ambiguous' and l.company_id = t.company_id
        and (
            (l.commitment = t.commitment and l.item_number = t.item_number)
            or (t.commitment is null and l.standard_item = e.standard_item)
        )
    order by l.commitment, l.item_number
    limit 1
) as w on true
where t.status = 'waiting' and t.rule <> 'withdrawn'
on conflict (company_id, record_kind, record_key, rule) where closed_at is null
do update set attempts = audit.exception.attempts + 1, last_attempt_at = now()
