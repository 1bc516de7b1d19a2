-- Propose to RunBlu what the figures ask a person there to look at: units received beyond the order are to be
-- returned, and stock left on a closed commitment is to be counted. One row per PO line; a proposal approved before
-- for the same units is not repeated.
with position as (
    select
        p.commitment,
        p.item_number,
        p.standard_item,
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.unit,
        p.is_closed,
        p.units_accepted - p.units_returned - p.units_revised as units_over,
        p.units_on_hand
    from mart.commitment_position_at(%(company_id)s, %(period_end)s) as p
),

wanted as (
    select
        p.*,
        'returned' as event_type,
        least(p.units_over, p.units_on_hand) as quantity,
        'received beyond the order' as reason
    from position as p
    where p.units_over > 0 and p.units_on_hand > 0
    union all
    select
        p.*,
        'counted' as event_type,
        p.units_on_hand as quantity,
        'stock left on a closed commitment' as reason
    from position as p
    where p.is_closed and p.units_on_hand > 0 and p.units_over <= 0
)

insert into recon.proposed_event (
    run_no, company_id, period, event_type, commitment, item_number, standard_item, job, extra, cost_code, category,
    quantity, unit, reason
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    w.event_type,
    w.commitment,
    w.item_number,
    w.standard_item,
    w.job,
    w.extra,
    w.cost_code,
    w.category,
    w.quantity,
    w.unit,
    w.reason
from wanted as w
where
    not exists (
        select
        from recon.proposed_event as e
        where
            e.company_id = %(company_id)s and e.state = 'approved' and e.event_type = w.event_type
            and e.commitment = w.commitment and e.item_number = w.item_number and e.quantity = w.quantity
    )
