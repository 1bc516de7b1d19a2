-- Hold change orders that cannot go, each with its reason, and free those that can; one row per change order that
-- changes. One whose line somebody else has moved since it was proposed never goes: what still is to be taken out is
-- proposed anew.
with open_change as (
    select
        x.change_id,
        x.commitment,
        not recon.sends_changes(x.company_id) as is_off,
        bool_or(g.is_closed) as is_closed,
        bool_or(g.commitment is null) as is_unknown,
        string_agg(
            c.item_number || ' had ' || p.units_ordered || ' units, ' || p.amount_ordered || ', has '
            || g.units_of_others || ', ' || g.amount_of_others,
            '; ' order by c.item_number
        ) filter (where g.units_of_others <> p.units_ordered or g.amount_of_others <> p.amount_ordered) as moved,
        bool_or(s.is_there) as is_in_sage
    from outbox.change_order as x
    inner join outbox.change_order_proposal as c on c.company_id = x.company_id and c.change_id = x.change_id
    inner join recon.proposed_event as p on p.company_id = c.company_id and p.proposal_id = c.proposal_id
    left join recon.ordered_line as g
        on g.company_id = x.company_id and g.commitment = x.commitment and g.item_number = c.item_number
    left join lateral (
        select true as is_there
        from core.change_order as o
        where
            o.company_id = x.company_id and o.commitment = x.commitment
            and (o.change_order = x.reference or left(o.description, 10) = x.reference)
        order by o.change_order
        limit 1
    ) as s on true
    where
        x.company_id = %(company_id)s and x.state in ('eligible', 'held')
        and x.hold_rule is distinct from 'commitment_moved'
    group by x.company_id, x.change_id
),

judged as (
    select
        o.change_id,
        case
            when o.is_in_sage then 'already_in_sage'
            when o.is_off then 'flow_off'
            when o.is_closed then 'commitment_closed'
            when o.is_unknown then 'unknown_line'
            when o.moved <> '' then 'commitment_moved'
        end as rule,
        case
            when o.is_in_sage then 'Sage shows it already, and we have not sent it'
            when o.is_off then 'data flow commitment_changes is off in the profile'
            when o.is_closed then 'commitment ' || o.commitment || ' is closed in Sage'
            when o.is_unknown then 'commitment ' || o.commitment || ' lacks a line of it in Sage'
            when o.moved <> '' then 'changed in Sage since it was proposed: line ' || o.moved
        end as reason
    from open_change as o
)

update outbox.change_order as w
set
    state = case when j.rule is null then 'eligible' else 'held' end,
    hold_rule = j.rule,
    hold_reason = j.reason
from judged as j
where w.company_id = %(company_id)s and w.change_id = j.change_id and j.rule is distinct from w.hold_rule
