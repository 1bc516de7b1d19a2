-- The position of the lines of one commitment alone (null = of all), as before.
create function mart.commitment_lines_at(company_id text, as_of date, commitment text)
returns setof mart.commitment_position_row
language sql stable security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan as $$
    select shown.* from (
    with changes as (
        select
            x.commitment,
            x.item_number,
            coalesce(sum(x.units) filter (where o.status = 'Approved'), 0) as units_approved,
            coalesce(sum(x.amount) filter (where o.status = 'Approved'), 0) as amount_approved,
            coalesce(sum(x.units) filter (where o.status = 'Pending'), 0) as units_pending,
            coalesce(sum(x.amount) filter (where o.status = 'Pending'), 0) as amount_pending
        from core.change_order as o
        inner join core.change_order_item as x
            on x.company_id = o.company_id and x.commitment = o.commitment and x.change_order = o.change_order
        where
            o.company_id = $1 and o.change_order_date <= $2
            and ($3 is null or o.commitment = $3)
        group by x.commitment, x.item_number
    ),

    -- Whether a commitment was closed on the day.
    closings as (
        select distinct on (k.commitment)
            k.commitment,
            k.is_closed
        from core.commitment_closing as k
        where
            k.company_id = $1 and k.changed_on <= $2
            and ($3 is null or k.commitment = $3)
        order by k.commitment, k.changed_on desc
    ),

    -- Lines that change orders brought or change after the day.
    later_change as (
        select distinct
            x.commitment,
            x.item_number
        from core.change_order as o
        inner join core.change_order_item as x
            on x.company_id = o.company_id and x.commitment = o.commitment and x.change_order = o.change_order
        where
            o.company_id = $1 and o.change_order_date > $2
            and ($3 is null or o.commitment = $3)
    ),

    entries as (
        select
            v.commitment,
            v.item_number,
            case
                when v.measure <> 'received' then v.measure
                when e.event_type = 'reversed' and undone.event_type in ('rejected', 'returned') then undone.event_type
                when e.event_type in ('rejected', 'returned') then e.event_type
                else 'received'
            end as measure,
            coalesce(undone.disposition, e.disposition, '') = 'replace' as is_replaced,
            coalesce(undone.disposition, e.disposition, '') = 'pay' as is_paid_for,
            v.units,
            v.amount
        from ledger.value_entry as v
        inner join ledger.material_event as e on e.company_id = v.company_id and e.event_id = v.event_id
        left join ledger.material_event as undone
            on
                e.event_type = 'reversed'
                and undone.company_id = e.company_id and undone.event_id = e.reverses_event_id
        where
            v.company_id = $1 and v.entry_date <= $2
            and ($3 is null or v.commitment = $3)
    ),

    values_of_line as (
        select
            e.commitment,
            e.item_number,
            coalesce(sum(e.units) filter (where e.measure = 'received'), 0) as units_received,
            coalesce(sum(e.amount) filter (where e.measure = 'received'), 0) as amount_received,
            coalesce(-sum(e.units) filter (where e.measure = 'rejected'), 0) as units_rejected,
            coalesce(-sum(e.amount) filter (where e.measure = 'rejected'), 0) as amount_rejected,
            coalesce(-sum(e.units) filter (where e.measure = 'returned'), 0) as units_returned,
            coalesce(-sum(e.amount) filter (where e.measure = 'returned'), 0) as amount_returned,
            coalesce(-sum(e.units) filter (where e.measure = 'returned' and e.is_replaced), 0) as units_replaced,
            coalesce(-sum(e.units) filter (where e.measure in ('rejected', 'returned') and e.is_paid_for), 0)
                as units_paid_for,
            coalesce(-sum(e.amount) filter (where e.measure = 'returned' and e.is_replaced), 0) as amount_replaced,
            coalesce(sum(e.units) filter (where e.measure = 'allocated'), 0) as units_allocated,
            coalesce(sum(e.amount) filter (where e.measure = 'allocated'), 0) as amount_allocated,
            coalesce(sum(e.units) filter (where e.measure = 'installed'), 0) as units_installed,
            coalesce(sum(e.amount) filter (where e.measure = 'installed'), 0) as amount_installed,
            coalesce(sum(e.units) filter (where e.measure = 'wasted'), 0) as units_wasted,
            coalesce(sum(e.amount) filter (where e.measure = 'wasted'), 0) as amount_wasted
        from entries as e
        group by e.commitment, e.item_number
    ),

    -- Of a line that was opened, what was billed before is one bill of the day before.
    bills as (
        select
            s.commitment,
            s.item_number,
            s.transaction_date,
            s.units,
            s.amount
        from recon.sage_cost_row as s
        left join ledger.opening_balance as o
            on o.company_id = s.company_id and o.commitment = s.commitment and o.item_number = s.item_number
        where
            s.company_id = $1 and s.kind = 'invoice' and (o.opened_on is null or s.transaction_date >= o.opened_on)
            and ($3 is null or s.commitment = $3)
        union all
        select
            o.commitment,
            o.item_number,
            o.opened_on - 1 as transaction_date,
            o.units_invoiced as units,
            o.amount_invoiced as amount
        from ledger.opening_balance as o
        where
            o.company_id = $1
            and ($3 is null or o.commitment = $3)
    ),

    invoiced as (
        select
            s.commitment,
            s.item_number,
            sum(s.units) as units,
            sum(s.amount) as amount
        from bills as s
        where s.transaction_date <= $2
        group by s.commitment, s.item_number
    ),

    lines as (
        select
            i.commitment,
            i.item_number,
            c.commitment_type,
            c.commitment_date,
            coalesce(k.is_closed, false) as is_closed,
            c.vendor,
            i.standard_item,
            i.job,
            i.extra,
            i.cost_code,
            i.category,
            i.unit,
            w.units as units_original,
            i.amount as amount_original,
            w.units + coalesce(h.units_approved, 0) as units_revised,
            i.amount + coalesce(h.amount_approved, 0) as amount_revised,
            coalesce(h.units_approved, 0) as units_approved,
            coalesce(h.amount_approved, 0) as amount_approved,
            coalesce(h.units_pending, 0) as units_pending,
            coalesce(h.amount_pending, 0) as amount_pending,
            coalesce(v.units_received, 0) as units_received,
            coalesce(v.amount_received, 0) as amount_received,
            coalesce(v.units_rejected, 0) as units_rejected,
            coalesce(v.amount_rejected, 0) as amount_rejected,
            coalesce(v.units_received - v.units_rejected, 0) as units_accepted,
            coalesce(v.amount_received - v.amount_rejected, 0) as amount_accepted,
            coalesce(v.units_returned, 0) as units_returned,
            coalesce(v.amount_returned, 0) as amount_returned,
            coalesce(v.units_replaced, 0) as units_replaced,
            coalesce(v.units_paid_for, 0) as units_paid_for,
            coalesce(v.amount_replaced, 0) as amount_replaced,
            coalesce(v.units_allocated, 0) as units_allocated,
            coalesce(v.amount_allocated, 0) as amount_allocated,
            coalesce(v.units_installed, 0) as units_installed,
            coalesce(v.amount_installed, 0) as amount_installed,
            coalesce(v.units_wasted, 0) as units_wasted,
            coalesce(v.amount_wasted, 0) as amount_wasted,
            coalesce(n.units, 0) as units_invoiced,
            coalesce(n.amount, 0) as amount_invoiced,
            u.numerator,
            u.denominator
        from core.commitment_item as i
        inner join core.priced_item as w
            on w.company_id = i.company_id and w.commitment = i.commitment and w.item_number = i.item_number
        inner join core.commitment as c on c.company_id = i.company_id and c.commitment = i.commitment
        inner join recon.unit_cost_at($1, $2) as u on u.commitment = i.commitment and u.item_number = i.item_number
        left join changes as h on h.commitment = i.commitment and h.item_number = i.item_number
        left join values_of_line as v on v.commitment = i.commitment and v.item_number = i.item_number
        left join invoiced as n on n.commitment = i.commitment and n.item_number = i.item_number
        left join closings as k on k.commitment = i.commitment
        left join later_change as t on t.commitment = i.commitment and t.item_number = i.item_number
        where
            i.company_id = $1 and c.commitment_date <= $2
            and ($3 is null or i.commitment = $3)
            -- A line that a later change order brings is not there yet.
            and (
                w.units <> 0 or i.amount <> 0 or t.commitment is null
                or h.commitment is not null or v.commitment is not null or n.commitment is not null
            )
    ),

    -- What each line is billed, with what bills without units cover, and what of it lies beyond what was received, at
    -- its own price: the stack of the bills is that of price variance and accrual.
    stacked as (
        select
            s.commitment,
            s.item_number,
            sum(s.units) as units,
            sum(s.amount_ahead) as amount_ahead
        from ledger.bill_stack_of($1, $2, $3) as s
        group by s.commitment, s.item_number
    ),

    uncovered as (
        select
            l.*,
            l.units_accepted - l.units_returned + l.units_paid_for - coalesce(s.units, 0) as units_open,
            l.amount_accepted - l.amount_returned
            + ledger.round_fraction(
                (l.units_accepted - l.units_returned + l.units_paid_for) * l.numerator, l.denominator
            )
            - ledger.round_fraction((l.units_accepted - l.units_returned) * l.numerator, l.denominator)
            - ledger.round_fraction(coalesce(s.units, 0) * l.numerator, l.denominator) as amount_open,
            coalesce(s.amount_ahead, 0) as amount_ahead
        from lines as l
        left join stacked as s on s.commitment = l.commitment and s.item_number = l.item_number
    )

    select
        $1 as company_id,
        l.commitment,
        l.item_number,
        l.commitment_type,
        l.commitment_date,
        l.is_closed,
        l.vendor,
        vendor.vendor_name,
        l.standard_item,
        item.description as item_name,
        l.job,
        job.description as job_name,
        l.extra,
        l.cost_code,
        l.category,
        l.unit,
        l.units_original,
        l.amount_original,
        l.units_approved as units_approved_changes,
        l.amount_approved as amount_approved_changes,
        l.units_pending as units_pending_changes,
        l.amount_pending as amount_pending_changes,
        l.units_revised,
        l.amount_revised,
        l.units_received,
        l.amount_received,
        l.units_rejected,
        l.amount_rejected,
        l.units_accepted,
        l.amount_accepted,
        l.units_returned,
        l.amount_returned,
        l.units_allocated,
        l.amount_allocated,
        l.units_installed,
        l.amount_installed,
        l.units_wasted,
        l.amount_wasted,
        l.units_accepted - l.units_returned - l.units_installed - l.units_wasted as units_on_hand,
        l.amount_accepted - l.amount_returned - l.amount_installed - l.amount_wasted as amount_on_hand,
        l.units_invoiced,
        l.amount_invoiced,
        case
            when l.is_closed then 0 else l.units_revised - l.units_accepted + l.units_replaced
        end as units_to_receive,
        case
            when l.is_closed then 0 else l.amount_revised - l.amount_accepted + l.amount_replaced
        end as amount_to_receive,
        case
            when l.is_closed then greatest(l.units_revised - l.units_accepted + l.units_replaced, 0) else 0
        end as units_closed_short,
        case
            when l.is_closed and l.units_revised > l.units_accepted - l.units_replaced
                then l.amount_revised - l.amount_accepted + l.amount_replaced
            else 0
        end as amount_closed_short,
        l.units_revised - l.units_invoiced as units_to_invoice,
        l.amount_revised - l.amount_invoiced as amount_to_invoice,
        l.units_open as units_received_not_invoiced,
        case when l.units_open < 0 then -l.amount_ahead else l.amount_open end as amount_received_not_invoiced,
        l.units_accepted - l.units_replaced > l.units_revised as is_over_received
    from uncovered as l
    left join core.vendor as vendor on vendor.company_id = $1 and vendor.vendor = l.vendor
    left join core.item as item on item.company_id = $1 and item.standard_item = l.standard_item
    left join core.job as job on job.company_id = $1 and job.job = l.job
    ) as shown where core.sees($1)
$$;
comment on function mart.commitment_lines_at
is 'As mart.commitment_position_at, of the lines of one commitment (null = of all); one row per PO line; '
'key: commitment, item_number';
revoke execute on function mart.commitment_lines_at from public;
grant execute on function mart.commitment_lines_at to pipeline, finance, oncall, analyst, auditor;

create or replace function mart.commitment_position_at(company_id text, as_of date)
returns setof mart.commitment_position_row
language sql stable security definer set search_path = pg_catalog, pg_temp set enable_nestloop = off as $$
    select p.* from mart.commitment_lines_at($1, $2, null) as p
$$;
