-- Propose the release of accruals that are old enough by the month's end, but for lines the preparer keeps; of a line
-- that is kept though it is released, that it stands again. One row per PO line.
insert into recon.accrual_release (
    run_no, company_id, period, commitment, item_number, decision, released_on, units_kept, units_open, amount, job,
    extra, cost_code, category, reason, content_hash, proposed_by
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    r.commitment,
    r.item_number,
    case when r.amount_released <> 0 then 'keep' else 'release' end as decision,
    %(period_end)s as released_on,
    p.units_accepted - p.units_returned as units_kept,
    r.units_received_not_invoiced as units_open,
    r.amount_received_not_invoiced as amount,
    r.job,
    r.extra,
    r.cost_code,
    r.category,
    case when r.amount_released <> 0 then 'kept after all' else 'no invoice since ' || r.newest_receipt_date end
        as reason,
    '' as content_hash,
    %(prepared_by)s
from core.company as y
cross join lateral mart.received_not_invoiced_at(y.company_id, %(period_end)s) as r
inner join mart.commitment_position_at(%(company_id)s, %(period_end)s) as p
    on p.commitment = r.commitment and p.item_number = r.item_number
where
    y.company_id = %(company_id)s
    -- The position of all lines takes seconds: only where somebody asks for it.
    and ((y.profile #>> '{accruals,release_days}')::integer > 0 or %(keep_accruals)s::text[] <> '{}')
    and case
        when r.commitment || '/' || r.item_number = any(%(keep_accruals)s::text[]) then r.amount_released
        else r.amount_to_release
    end <> 0
order by r.commitment, r.item_number
