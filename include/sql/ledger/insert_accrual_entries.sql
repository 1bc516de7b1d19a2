-- Record what the open accrual A of each line and day differs by from what is recorded, on the line's codes; none when
-- nothing changed (domain 5). A = PO value of the units received less that of the units invoiced; where more is
-- invoiced than received, minus the invoice price of the excess, latest first. What is rejected or returned and paid
-- for counts as received. Where policy `receipt` of the line comes or goes, A moves on that day. While a decision
-- releases the line, A is nothing.
with accrued as (
    select d.*
    from price_day as d
    where
        exists (
            select
            from ledger.line_policy as p
            where
                p.company_id = %(company_id)s and p.commitment = d.commitment and p.item_number = d.item_number
                and p.policy = 'receipt'
        )
),

excess as (
    select
        a.commitment,
        a.item_number,
        a.day,
        sum(
            ledger.layer_share(
                s.amount, s.units,
                least(greatest(least(a.units_invoiced, s.units_cap) - s.units_below, 0), s.units)
                - least(greatest(least(a.units_received, s.units_cap) - s.units_below, 0), s.units)
            )
        ) as amount
    from price_day as a
    inner join price_stack as s
        on s.commitment = a.commitment and s.item_number = a.item_number and s.day = a.day
    where a.units_invoiced > a.units_received and not s.is_credit
    group by a.commitment, a.item_number, a.day
),

uncovered as (
    select
        a.*,
        -- What is paid for though not kept is worth what it adds to V, not V of its own: halves of cents meet again.
        a.amount_received + ledger.round_fraction(a.units_received * c.numerator, c.denominator)
        - ledger.round_fraction((a.units_received - a.units_paid_for) * c.numerator, c.denominator)
        - ledger.round_fraction(a.units_invoiced * c.numerator, c.denominator) as amount_open
    from accrued as a
    inner join ledger.unit_cost_step(%(company_id)s) as c
        on
            c.commitment = a.commitment and c.item_number = a.item_number
            and a.day >= c.valid_from and a.day < c.valid_to
),

open_accrual as (
    select
        a.commitment,
        a.item_number,
        a.day,
        a.next_day,
        a.units_received - a.units_paid_for as units_kept,
        a.units_received - a.units_invoiced as units_open,
        case when a.units_invoiced > a.units_received then -coalesce(x.amount, 0) else a.amount_open end as amount
    from uncovered as a
    left join excess as x on x.commitment = a.commitment and x.item_number = a.item_number and x.day = a.day
),

-- A decision is about a line as it was shown, and holds on the days on which it is exactly so.
released as (
    select
        o.commitment,
        o.item_number,
        greatest(o.day, t.held_from) as day,
        nullif(least(o.next_day, t.held_before), date 'infinity') as next_day,
        -o.amount as amount
    from open_accrual as o
    inner join recon.release_term(%(company_id)s, null) as t
        on
            t.commitment = o.commitment and t.item_number = o.item_number and t.amount = o.amount
            and t.units_kept = round(o.units_kept, 4) and t.units_open = round(o.units_open, 4)
    where greatest(o.day, t.held_from) < least(o.next_day, t.held_before)
),

standing as (
    select
        o.commitment,
        o.item_number,
        o.day,
        o.next_day,
        o.amount
    from open_accrual as o
    union all
    select r.*
    from released as r
),

-- Few, and looked up by an index of their own whatever the lines are.
transferred as materialized (
    select
        v.commitment,
        v.item_number,
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        v.entry_date,
        v.amount
    from ledger.value_entry as v
    where v.company_id = %(company_id)s and v.measure = 'transferred'
),

wanted as (
    -- What stands at the end of a day moves on that day and lasts until the next.
    select
        i.commitment,
        i.item_number,
        i.job,
        i.extra,
        i.cost_code,
        i.category,
        greatest(m.entry_date, p.valid_from) as entry_date,
        m.amount * ledger.steps_of_kind('receipt', p.policy, p.policy_before, p.valid_from > m.entry_date) as amount
    from standing as o
    inner join core.commitment_item as i
        on i.company_id = %(company_id)s and i.commitment = o.commitment and i.item_number = o.item_number
    cross join lateral (values (o.day, o.amount), (o.next_day, -o.amount)) as m (entry_date, amount)
    inner join ledger.line_policy as p
        on
            p.company_id = i.company_id and p.commitment = o.commitment and p.item_number = o.item_number
            and m.entry_date >= p.first_from and m.entry_date < p.valid_to
    union all
    -- Stock is in job cost: a transfer to other codes takes its value along, two sides that add up to nothing. It
    -- comes and goes with the policy, as A does.
    select
        v.commitment,
        v.item_number,
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        greatest(v.entry_date, p.valid_from) as entry_date,
        v.amount * ledger.steps_of_kind('receipt', p.policy, p.policy_before, p.valid_from > v.entry_date) as amount
    from transferred as v
    inner join ledger.line_policy as p
        on
            p.company_id = %(company_id)s and p.commitment = v.commitment and p.item_number = v.item_number
            and v.entry_date >= p.first_from and v.entry_date < p.valid_to
    union all
    select
        e.commitment,
        e.item_number,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.entry_date,
        -e.amount as amount
    from ledger.cost_entry as e
    where e.company_id = %(company_id)s and e.kind = 'accrual'
)

insert into ledger.cost_entry (
    company_id, kind, commitment, item_number, job, extra, cost_code, category, entry_date, amount
)
select
    %(company_id)s,
    'accrual' as kind,
    w.commitment,
    w.item_number,
    w.job,
    w.extra,
    w.cost_code,
    w.category,
    w.entry_date,
    sum(w.amount) as amount
from wanted as w
group by w.commitment, w.item_number, w.job, w.extra, w.cost_code, w.category, w.entry_date
having sum(w.amount) <> 0
