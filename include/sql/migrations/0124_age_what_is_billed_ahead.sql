-- What is billed ahead ages by the bills that the stack has there, with units or without.

-- Invoices pay receipts first in first out, so what no invoice covers are the latest receipts; what was invoiced beyond
-- the receipts are the latest invoices, at their own price. Money owed is the line's own figure, split by units: the
-- cents fall where the running sum rounds, and ages add up to it. What no document has a date for (opened lines) counts
-- as old as the oldest document, else as the order.
create or replace function mart.received_not_invoiced_at(company_id text, as_of date)
returns setof mart.received_not_invoiced_row
language sql stable security definer set search_path = pg_catalog, pg_temp set enable_nestloop = off as $$
    with seen as (
        select
            c.company_id,
            least($2, (now() at time zone c.time_zone)::date) as today
        from core.company as c
        where c.company_id = $1 and core.sees($1)
    ),

    open_line as (
        select
            p.*,
            abs(p.units_received_not_invoiced) as units_open,
            p.amount_received_not_invoiced >= 0 as is_owed
        from seen as s
        cross join lateral mart.commitment_position_at(s.company_id, $2) as p
        where p.amount_received_not_invoiced <> 0
    ),

    layer as (
        select
            m.commitment,
            m.item_number,
            m.layer_event_id as document,
            max(m.layer_no) as place,
            min(m.entry_date) as day,
            sum(m.units) as units
        from ledger.layer_movement as m
        where m.company_id = $1 and m.track in ('Q', 'R') and m.entry_date <= $2
        group by m.commitment, m.item_number, m.layer_event_id
        having sum(m.units) > 0
    ),

    ahead as (
        select b.*
        from seen as s
        cross join lateral ledger.bill_stack_at(s.company_id, $2) as b
        where b.units_ahead > 0
    ),

    dated as (
        select
            l.commitment,
            l.item_number,
            y.day,
            y.units,
            row_number() over (partition by l.commitment, l.item_number order by y.place desc) as back_no
        from open_line as l
        inner join layer as y on y.commitment = l.commitment and y.item_number = l.item_number
        where l.is_owed
    ),

    summed as (
        select
            d.*,
            sum(d.units) over (partition by d.commitment, d.item_number order by d.back_no) as units_through
        from dated as d
    ),

    valued as (
        select
            s.commitment,
            s.item_number,
            s.back_no,
            s.day,
            l.amount_received_not_invoiced as amount_of_line,
            case
                when l.units_open = 0 then l.amount_received_not_invoiced
                else
                    round(l.amount_received_not_invoiced * s.units_through / l.units_open, 2)
                    - round(l.amount_received_not_invoiced * (s.units_through - s.units) / l.units_open, 2)
            end as amount
        from summed as s
        inner join open_line as l on l.commitment = s.commitment and l.item_number = s.item_number
        -- Less than a ten-thousandth left: then the latest document stands for it.
        where s.back_no = 1 or s.units_through - s.units < l.units_open
        union all
        select
            b.commitment,
            b.item_number,
            row_number() over (partition by b.commitment, b.item_number order by b.place desc) as back_no,
            b.last_day as day,
            l.amount_received_not_invoiced as amount_of_line,
            -b.amount_ahead as amount
        from open_line as l
        inner join ahead as b on b.commitment = l.commitment and b.item_number = l.item_number
        where not l.is_owed
    ),

    -- The oldest one takes what is left of the figure, so that nothing is without an age.
    part as (
        select
            v.commitment,
            v.item_number,
            v.day,
            case
                when v.back_no < max(v.back_no) over (partition by v.commitment, v.item_number) then v.amount
                else
                    v.amount_of_line - coalesce(
                        sum(v.amount) over (
                            partition by v.commitment, v.item_number order by v.back_no
                            rows between unbounded preceding and 1 preceding
                        ),
                        0
                    )
            end as amount
        from valued as v
    ),

    aged as (
        select
            l.commitment,
            l.item_number,
            sum(p.amount) filter (where s.today - p.day <= 30) as amount_0_to_30,
            sum(p.amount) filter (where s.today - p.day between 31 and 60) as amount_31_to_60,
            sum(p.amount) filter (where s.today - p.day between 61 and 90) as amount_61_to_90,
            sum(p.amount) filter (where s.today - p.day > 90) as amount_over_90,
            min(p.day) as oldest
        from open_line as l
        cross join seen as s
        inner join (
            select * from part
            union all
            select
                n.commitment,
                n.item_number,
                n.commitment_date as day,
                n.amount_received_not_invoiced as amount
            from open_line as n
            where not exists (
                select
                from part as x
                where x.commitment = n.commitment and x.item_number = n.item_number
            )
        ) as p on p.commitment = l.commitment and p.item_number = l.item_number
        group by l.commitment, l.item_number
    )

    select
        $1 as company_id,
        l.commitment,
        l.item_number,
        l.vendor,
        l.vendor_name,
        l.standard_item,
        l.item_name,
        l.job,
        l.job_name,
        l.extra,
        l.cost_code,
        l.category,
        l.is_closed,
        l.units_received_not_invoiced,
        l.amount_received_not_invoiced,
        coalesce(a.amount_0_to_30, 0) as amount_0_to_30_days,
        coalesce(a.amount_31_to_60, 0) as amount_31_to_60_days,
        coalesce(a.amount_61_to_90, 0) as amount_61_to_90_days,
        coalesce(a.amount_over_90, 0) as amount_over_90_days,
        case when l.is_owed then a.oldest end as oldest_receipt_date,
        case when not l.is_owed then a.oldest end as oldest_invoice_date,
        case
            when l.is_owed and l.is_closed then 'purchasing'
            when l.is_owed and l.is_over_received then 'purchasing'
            when l.is_owed then 'accounts payable'
            when l.units_returned > 0 then 'purchasing'
            else 'site'
        end as owner,
        case
            when l.is_owed and l.is_closed then 'closed before everything received was invoiced'
            when l.is_owed and l.is_over_received then 'more received than ordered'
            when l.is_owed and l.amount_invoiced = 0 then 'received, no invoice yet'
            when l.is_owed then 'received more than invoiced'
            when l.units_returned > 0 then 'returned, no credit yet'
            when l.units_received = 0 then 'invoiced, nothing received'
            else 'invoiced more than received'
        end as cause
    from open_line as l
    inner join aged as a on a.commitment = l.commitment and a.item_number = l.item_number
$$;
