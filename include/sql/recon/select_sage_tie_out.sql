-- Tie-out of our books against Sage, cumulative to the period's end by transaction date; one row per promise.
-- Adjustments count for the reference they correct, and differences this run explains or dismisses are allowed for.
with explained as (
    select
        d.reference,
        sum(d.amount_sage - d.amount_ours) as amount
    from recon.difference as d
    where
        d.company_id = %(company_id)s and d.run_no = %(run_no)s and d.state in ('explained', 'dismissed')
        and d.cause in ('wrong_amount', 'wrong_code', 'changed_in_sage', 'posted_twice')
    group by d.reference
),

corrected as (
    select
        a.corrects_reference as reference,
        sum(a.amount) as amount
    from recon.adjustment as a
    where a.company_id = %(company_id)s and a.state in ('approved', 'sent', 'posted')
    group by a.corrects_reference
),

found as (
    select
        s.posting_id,
        sum(s.amount) as amount
    from work_sage_row as s
    where s.kind = 'own'
    group by s.posting_id
),

booked as (
    select
        p.amount + coalesce(e.amount, 0) as amount,
        coalesce(f.amount, 0) + coalesce(k.amount, 0) as amount_sage
    from outbox.cost_posting as p
    left join found as f on f.posting_id = p.posting_id
    left join corrected as k on k.reference = p.posting_reference
    left join explained as e on e.reference = p.posting_reference
    where p.company_id = %(company_id)s and p.state = 'posted' and p.transaction_date <= %(period_end)s
),

-- The month as `mart.job_cost_by_period` shows it: expected less in flight, and Sage's job cost. What the policies want
-- is in both, expected and in flight, and left out here.
part as (
    select
        case
            when s.kind in ('own', 'invoice') then s.kind
            when s.kind in ('tax', 'freight', 'unmanaged', 'outside') or s.is_accepted then 'explained'
            else 'unexplained'
        end as measure,
        s.amount
    from work_sage_row as s
    where s.transaction_date <= %(period_end)s
    union all
    select
        'booked' as measure,
        p.amount
    from outbox.cost_posting as p
    where
        p.company_id = %(company_id)s and p.transaction_date <= %(period_end)s
        and (p.state in ('posted', 'reversed') or p.posting_id in (select f.posting_id from found as f))
    union all
    select
        'adjusted' as measure,
        a.amount
    from recon.adjustment as a
    where
        a.company_id = %(company_id)s and a.state in ('approved', 'sent', 'posted')
        and a.transaction_date <= %(period_end)s
),

by_month as (
    select
        coalesce(sum(p.amount) filter (where p.measure in ('invoice', 'explained', 'booked')), 0)
        - coalesce(sum(p.amount) filter (where p.measure = 'adjusted'), 0) as amount_expected,
        coalesce(sum(p.amount) filter (where p.measure in ('own', 'invoice', 'explained', 'unexplained')), 0)
            as amount_sage,
        coalesce((select sum(e.amount) from explained as e), 0) as amount_explained
    from part as p
)

select
    6 as place,
    'posted_lines_to_sage_rows' as promise,
    coalesce(sum(b.amount), 0) as ours,
    coalesce(sum(b.amount_sage), 0) as other,
    count(*) filter (where b.amount <> b.amount_sage) as broken
from booked as b
union all
select
    7 as place,
    'expected_less_in_flight_to_job_cost' as promise,
    m.amount_expected + m.amount_explained as ours,
    m.amount_sage as other,
    (m.amount_expected + m.amount_explained <> m.amount_sage)::integer as broken
from by_month as m
order by place
