-- The marked test line as the mirror shows it, with its codes' state and policy on a day; one row or none.
select
    i.job,
    i.extra,
    i.cost_code,
    i.category,
    i.standard_item,
    i.units,
    i.unit_cost,
    i.unit,
    c.is_closed,
    coalesce(k.hold_rule, case when k.job is null then 'unknown_code' end, '') as code_rule,
    (
        select min(v.policy)
        from ledger.line_policy as v
        where
            v.company_id = i.company_id and v.commitment = i.commitment and v.item_number = i.item_number
            and %(day)s >= v.valid_from and %(day)s < v.valid_to
    ) as policy,
    (
        select count(*)
        from ledger.material_event as e
        where
            e.company_id = i.company_id and e.commitment = i.commitment and e.item_number = i.item_number
            and e.event_id <> all(%(event_ids)s)
    ) as other_events
from core.commitment_item as i
inner join core.commitment as c on c.company_id = i.company_id and c.commitment = i.commitment
left join outbox.postable_code as k
    on
        k.company_id = i.company_id and k.job = i.job and k.extra = i.extra and k.cost_code = i.cost_code
        and k.category = i.category
where i.company_id = %(company_id)s and i.commitment = %(commitment)s and i.item_number = %(item_number)s
