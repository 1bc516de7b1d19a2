-- Hold confirmations that go beyond what is ordered and tolerated, and those that take back a held one; free the cured.
-- One row per confirmation that changes. Judged over the line's whole history in canonical order; the last ones wait.
with open_line as (
    select distinct
        r.commitment,
        r.item_number
    from outbox.receiving_confirmation as r
    where r.company_id = %(company_id)s and r.state in ('eligible', 'held', 'rejected')
),

ordered as (
    select
        l.commitment,
        l.item_number,
        i.commitment is null as is_unknown,
        -- A lump-sum line (no units) has nothing to compare with, unless it is followed in percent: then the whole.
        case
            when i.units <> 0 or a.units <> 0 or v.is_percent
                then
                    core.units_tolerated(
                        case when v.is_percent then v.units else coalesce(i.units, 0) end + coalesce(a.units, 0),
                        coalesce(t.kind, 'percent'),
                        coalesce(t.tolerance, %(tolerance_pct)s::numeric)
                    )
        end as units_allowed
    from open_line as l
    left join core.commitment_item as i
        on i.company_id = %(company_id)s and l.commitment = i.commitment and l.item_number = i.item_number
    left join core.priced_item as v
        on v.company_id = %(company_id)s and l.commitment = v.commitment and l.item_number = v.item_number
    left join lateral (
        select sum(ci.units) as units
        from core.change_order_item as ci
        inner join core.change_order as co
            on ci.company_id = co.company_id and ci.commitment = co.commitment and ci.change_order = co.change_order
        where
            ci.company_id = %(company_id)s and ci.commitment = l.commitment and ci.item_number = l.item_number
            and co.status = 'Approved'
    ) as a on true
    left join core.commitment as c on c.company_id = %(company_id)s and c.commitment = l.commitment
    -- That of the line, else of its vendor, else of the company; else the profile's.
    left join lateral (
        select
            e.kind,
            e.tolerance
        from core.receipt_tolerance as e
        where
            e.company_id = %(company_id)s
            and (
                (e.commitment = l.commitment and e.item_number = l.item_number)
                or (e.commitment = '' and e.vendor in ('', c.vendor))
            )
        order by e.commitment desc, e.vendor desc
        limit 1
    ) as t on true
),

walked as (
    select
        r.reference,
        r.event_id,
        r.receipt_event_id,
        r.state,
        o.is_unknown,
        o.units_allowed,
        f.units as units_counted,
        sum(f.units) over (partition by r.commitment, r.item_number) as units_total,
        sum(f.units) over (
            partition by r.commitment, r.item_number
            order by greatest(m.close_count, c.close_no), m.occurred_at, t.rank, m.event_id collate "C"
        ) as units_so_far
    from outbox.receiving_confirmation as r
    inner join ordered as o on r.commitment = o.commitment and r.item_number = o.item_number
    inner join ledger.material_event as m on r.company_id = m.company_id and r.event_id = m.event_id
    inner join ledger.event_tag as t on r.company_id = t.company_id and r.event_id = t.event_id
    left join ledger.event_cured_after as c on r.company_id = c.company_id and r.event_id = c.event_id
    left join ledger.material_event as u on m.company_id = u.company_id and m.reverses_event_id = u.event_id
    -- What is returned makes room only where it is to be replaced; what is rejected was never accepted.
    cross join
        lateral (
            values (
                case
                    when
                        coalesce(u.event_type, m.event_type) = 'returned'
                        and coalesce(u.disposition, m.disposition, '') <> 'replace'
                        then 0
                    else r.units
                end
            )
        ) as f (units)
    where r.company_id = %(company_id)s
),

judged as (
    select
        w.reference,
        w.event_id,
        w.receipt_event_id,
        w.state,
        w.units_total,
        w.units_allowed,
        case
            when w.is_unknown then 'unknown_line'
            when
                w.units_counted > 0 and w.units_total > w.units_allowed and w.units_so_far > w.units_allowed
                and not exists (
                    select from outbox.receipt_decision as d
                    where d.company_id = %(company_id)s and d.event_id = w.event_id
                )
                then 'over_receipt'
        end as hold_rule
    from walked as w
),

final as (
    select
        j.reference,
        case
            when j.hold_rule is not null then j.hold_rule
            when j.event_id <> j.receipt_event_id and (q.hold_rule is not null or q.state = 'rejected')
                then 'receipt_held'
        end as hold_rule,
        j.units_total,
        j.units_allowed
    from judged as j
    left join judged as q
        on j.receipt_event_id = q.reference and q.state in ('eligible', 'held', 'rejected')
    where j.state in ('eligible', 'held')
),

worded as (
    select
        f.reference,
        f.hold_rule,
        case f.hold_rule
            when 'over_receipt'
                then
                    format(
                        '%%s received of %%s ordered and tolerated', trim_scale(f.units_total),
                        trim_scale(f.units_allowed)
                    )
            when 'receipt_held' then 'the receipt it concerns has not been confirmed'
            when 'unknown_line' then 'Sage does not know this purchase order line'
        end as hold_reason
    from final as f
)

update outbox.receiving_confirmation as r
set
    state = case when w.hold_rule is null then 'eligible' else 'held' end,
    hold_rule = w.hold_rule,
    hold_reason = w.hold_reason
from worded as w
where
    r.company_id = %(company_id)s
    and r.reference = w.reference
    and (r.hold_rule is distinct from w.hold_rule or r.hold_reason is distinct from w.hold_reason)
