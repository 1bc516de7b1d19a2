-- The cost bridge, per PO line (or none) and codes, cumulative to the period's end: consumed + price + tax_freight +
-- unmanaged + foreign + adjustments + differences - in_flight + late = job cost in Sage. consumed and price: the ledger
-- by entry date; job cost: Sage by accounting date; each step from its own rows. Zero steps are left out.
-- Under the policies receipt and invoice, before a line's cutover and on unmanaged lines consumption is no cost
-- (consumption_not_costed takes it out again), what was invoiced is, and under receipt the accrual. Where a policy
-- changes, these move on its day.
with sage as (
    select
        s.*,
        s.transaction_date <= %(period_end)s as is_ours_by_day,
        s.accounting_date <= %(period_end)s as is_booked
    from work_sage_row as s
    where s.transaction_date <= %(period_end)s or s.accounting_date <= %(period_end)s
),

shown as (
    select distinct s.posting_id
    from work_sage_row as s
    where s.posting_id is not null
),

posting as (
    select
        p.*,
        p.state in ('posted', 'reversed') or s.posting_id is not null as stands
    from outbox.cost_posting as p
    left join shown as s on s.posting_id = p.posting_id
    where p.company_id = %(company_id)s and p.transaction_date <= %(period_end)s
),

part as (
    -- Consumed, and taken out again where the policy does not cost it.
    select
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        v.commitment,
        v.item_number,
        w.component,
        w.sign * v.amount as amount
    from work_line_entry as v
    cross join (values ('consumed', 1), ('consumption_not_costed', -1)) as w (component, sign)
    where v.measure in ('installed', 'wasted') and v.is_by_end
    union all
    -- In flight: consumption that the policies want, less the lines of it that stand in Sage.
    select
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        t.commitment,
        t.item_number,
        w.component,
        w.sign * t.amount as amount
    from work_consumption as t
    cross join (values ('consumption_not_costed', 1), ('cut_off_in_flight', -1)) as w (component, sign)
    union all
    select
        l.job,
        l.extra,
        l.cost_code,
        l.category,
        l.commitment,
        l.item_number,
        'cut_off_in_flight' as component,
        l.amount
    from posting as p
    inner join work_posting_entry as l on l.posting_id = p.posting_id
    where p.stands
    union all
    -- Price variance and accrual; in flight: those less their lines that stand.
    select
        c.job,
        c.extra,
        c.cost_code,
        c.category,
        c.commitment,
        c.item_number,
        case
            when w.sign < 0 then 'cut_off_in_flight' when c.kind = 'price_variance' then 'price' else 'accrual'
        end as component,
        w.sign * c.amount as amount
    from ledger.cost_entry as c
    cross join (values (1), (-1)) as w (sign)
    where c.company_id = %(company_id)s and c.entry_date <= %(period_end)s
    union all
    select
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.commitment,
        s.item_number,
        'invoiced' as component,
        s.amount
    from sage as s
    where s.kind = 'invoice' and s.is_ours_by_day
    union all
    -- In flight: invoices, and freight spread over lines, that are to be offset less the offsets that stand.
    select
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.commitment,
        s.item_number,
        case when w.sign > 0 then 'cut_off_in_flight' when s.kind = 'freight' then 'tax_freight' else 'invoiced' end
            as component,
        w.sign * s.amount as amount
    from work_offset as s
    cross join (values (-1), (1)) as w (sign)
    union all
    select
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.commitment,
        coalesce(p.item_number, 0) as item_number,
        'cut_off_in_flight' as component,
        p.amount
    from posting as p
    where p.kind in ('invoice_offset', 'price_variance', 'accrual', 'accrual_reversal') and p.stands
    union all
    -- In flight: approved adjustments that do not stand yet.
    select
        a.job,
        a.extra,
        a.cost_code,
        a.category,
        a.commitment,
        coalesce(a.item_number, 0) as item_number,
        'cut_off_in_flight' as component,
        -a.amount as amount
    from recon.adjustment as a
    left join posting as p on p.company_id = a.company_id and p.adjustment_id = a.adjustment_id
    where
        a.company_id = %(company_id)s and a.state in ('approved', 'sent', 'posted')
        and a.transaction_date <= %(period_end)s and not coalesce(p.stands, false)
    union all
    select
        a.job,
        a.extra,
        a.cost_code,
        a.category,
        a.commitment,
        coalesce(a.item_number, 0) as item_number,
        'adjustments' as component,
        a.amount
    from recon.adjustment as a
    where
        a.company_id = %(company_id)s and a.state in ('approved', 'sent', 'posted')
        and a.transaction_date <= %(period_end)s
    union all
    -- Differences: our rows as Sage holds them less our rows as we know them.
    select
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.commitment,
        s.item_number,
        'differences' as component,
        s.amount
    from sage as s
    where s.kind = 'own' and s.is_ours_by_day
    union all
    select
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.commitment,
        coalesce(p.item_number, 0) as item_number,
        'differences' as component,
        -p.amount as amount
    from posting as p
    where p.stands
    union all
    select
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.commitment,
        s.item_number,
        case
            when s.kind in ('tax', 'freight') then 'tax_freight'
            when s.kind in ('unmanaged', 'outside') or (s.kind = 'ap_unmatched' and s.is_accepted) then 'unmanaged'
            else 'foreign'
        end as component,
        s.amount
    from sage as s
    where s.kind not in ('own', 'invoice') and s.is_ours_by_day
    union all
    -- Late: what Sage books in another month than it happened.
    select
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.commitment,
        s.item_number,
        'cut_off_late' as component,
        case when s.is_booked then s.amount else -s.amount end as amount
    from sage as s
    where s.is_booked <> s.is_ours_by_day
    union all
    select
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.commitment,
        s.item_number,
        'job_cost' as component,
        s.amount
    from sage as s
    where s.is_booked
),

component as (
    select
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.commitment,
        p.item_number,
        p.component,
        sum(p.amount) as amount
    from part as p
    group by p.job, p.extra, p.cost_code, p.category, p.commitment, p.item_number, p.component
)

insert into recon.variance (
    run_no, company_id, period, job, extra, cost_code, category, commitment, item_number, bridge, component, role,
    units, amount
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    c.job,
    c.extra,
    c.cost_code,
    c.category,
    c.commitment,
    c.item_number,
    'cost' as bridge,
    c.component,
    case c.component when 'consumed' then 'start' when 'job_cost' then 'end' else 'step' end as role,
    0 as units,
    c.amount
from component as c
where c.component in ('consumed', 'job_cost') or c.amount <> 0
