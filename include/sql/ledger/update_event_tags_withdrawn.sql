-- What waits and is taken back in full by reversals that wait for it is withdrawn, and they with it: none of them moves
-- anything, and nobody has to act. Reversals count in canonical order, one of more than is left does not. What is cured
-- takes part as if it had never been withdrawn. One row per event withdrawn.
with recursive pair as (
    select
        t.company_id,
        t.event_id as reversal_id,
        named.event_id,
        abs(n.quantity) as quantity,
        abs(e.quantity) as taken_back,
        row_number() over (
            partition by named.company_id, named.event_id
            order by greatest(e.close_count, c.close_no), e.occurred_at, e.event_id collate "C"
        ) as place
    from ledger.event_tag as t
    inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
    inner join ledger.event_tag as named
        on named.company_id = e.company_id and named.event_id = e.reverses_event_id
    inner join ledger.material_event as n on n.company_id = named.company_id and n.event_id = named.event_id
    left join ledger.event_cured_after as c on c.company_id = e.company_id and c.event_id = e.event_id
    where
        t.status = 'waiting' and e.event_type = 'reversed'
        and (
            named.status = 'waiting'
            -- A count that was refused moves nothing either.
            or exists (
                select from ledger.count_verdict as v
                where v.company_id = n.company_id and v.event_id = n.event_id and v.decision = 'refused'
            )
        )
        -- What takes back is not taken back itself.
        and n.event_type not in ('reversed', 'uninstalled', 'deallocated')
        and not (n.event_type = 'counted' and n.quantity > 0)
        -- An empty unit is that of what is taken back.
        and (e.unit = '' or n.unit = '' or core.unit_key(e.unit) = core.unit_key(n.unit))
),

walked as (
    select
        p.company_id,
        p.event_id,
        p.reversal_id,
        p.place,
        p.taken_back <= p.quantity as is_taken,
        p.quantity - case when p.taken_back <= p.quantity then p.taken_back else 0 end as units_left
    from pair as p
    where p.place = 1
    union all
    select
        p.company_id,
        p.event_id,
        p.reversal_id,
        p.place,
        p.taken_back <= w.units_left as is_taken,
        w.units_left - case when p.taken_back <= w.units_left then p.taken_back else 0 end as units_left
    from walked as w
    inner join pair as p on p.company_id = w.company_id and p.event_id = w.event_id and p.place = w.place + 1
),

withdrawn as (
    select
        w.company_id,
        w.event_id
    from walked as w
    where w.units_left = 0
    union
    select
        w.company_id,
        w.reversal_id as event_id
    from walked as w
    where
        w.is_taken
        and exists (
            select from walked as l
            where l.company_id = w.company_id and l.event_id = w.event_id and l.units_left = 0
        )
)

update ledger.event_tag as t
set rule = 'withdrawn'
from withdrawn as w
where t.status = 'waiting' and t.company_id = w.company_id and t.event_id = w.event_id
