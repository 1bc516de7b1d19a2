-- What the end of a job proposes: stock that is left is to be counted, and what will not come any more is to be taken
-- out of its order; one row per PO line and kind. A proposal approved before for the same units is not repeated.
with wanted as (
    select
        p.*,
        w.event_type,
        w.quantity,
        w.reason
    from mart.commitment_position_at(%(company_id)s, %(as_of)s) as p
    left join recon.reduction_under_way as u
        on u.company_id = p.company_id and u.commitment = p.commitment and u.item_number = p.item_number
    inner join lateral (
        values
        ('counted', p.units_on_hand, 'stock left at the end of the job: return it, transfer it, or count it'),
        ('commitment_reduced', p.units_to_receive - coalesce(u.units, 0), 'not received by the end of the job')
    ) as w (event_type, quantity, reason) on w.quantity > 0
    where p.job = %(job)s
)

insert into recon.proposed_event (
    run_no, company_id, period, event_type, commitment, item_number, standard_item, job, extra, cost_code, category,
    quantity, unit, reason
)
select
    %(run_no)s,
    w.company_id,
    to_char(%(as_of)s::date, 'YYYY-MM') as period,
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
            e.company_id = w.company_id and e.state = 'approved' and e.event_type = w.event_type
            and e.commitment = w.commitment and e.item_number = w.item_number and e.quantity = w.quantity
            -- What is on its way to Sage is taken off above.
            and (e.amount is null or not recon.sends_changes(e.company_id))
    )
order by w.commitment, w.item_number, w.event_type
