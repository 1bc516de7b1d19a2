-- What was received and not invoiced, and invoiced and not received, also with the day on which the invoice, the
-- material or the credit is expected, and with what is proposed to be released or is released (domain 7.4).
alter type mart.received_not_invoiced_row
add attribute newest_receipt_date date,
add attribute expected_date date,
add attribute is_overdue boolean,
add attribute amount_released numeric(14, 2),
add attribute amount_to_release numeric(14, 2);

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
            least($2, (now() at time zone c.time_zone)::date) as today,
            -- A company that was stored before its profile said it.
            coalesce((c.profile #>> '{accruals,invoice_days}')::integer, 30) as invoice_days,
            coalesce((c.profile #>> '{accruals,receipt_days}')::integer, 30) as receipt_days,
            coalesce((c.profile #>> '{accruals,credit_days}')::integer, 45) as credit_days,
            coalesce((c.profile #>> '{accruals,release_days}')::integer, 0) as release_days
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
            min(p.day) as oldest,
            max(p.day) as newest
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
    ),

    released as (
        select
            l.commitment,
            l.item_number
        from open_line as l
        cross join seen as s
        inner join recon.release_term($1, null) as t on t.commitment = l.commitment and t.item_number = l.item_number
        where
            t.units_kept = l.units_accepted - l.units_returned and t.units_open = l.units_received_not_invoiced
            and t.amount = l.amount_received_not_invoiced and t.held_from <= s.today and s.today < t.held_before
    ),

    -- Only what stands somewhere can be released: in job cost (policy receipt), or in the journal; and only where the
    -- codes of the line bear all of it.
    releasable as (
        select
            y.commitment,
            y.item_number
        from seen as s
        inner join ledger.line_policy as y
            on y.company_id = s.company_id and y.valid_from <= s.today and s.today < y.valid_to
        where
            s.release_days > 0
            and (y.policy = 'receipt' or (y.policy = 'installation' and recon.has_journals(s.company_id)))
            and not exists (
                select
                from ledger.value_entry as v
                where
                    v.company_id = s.company_id and v.commitment = y.commitment and v.item_number = y.item_number
                    and v.measure = 'transferred' and v.entry_date <= s.today
            )
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
        end as cause,
        case when l.is_owed then a.newest end as newest_receipt_date,
        e.expected_date,
        e.expected_date < s.today as is_overdue,
        case when r.commitment is not null then l.amount_received_not_invoiced else 0 end as amount_released,
        case
            when r.commitment is null and b.commitment is not null and s.today - a.newest > s.release_days
                then l.amount_received_not_invoiced
            else 0
        end as amount_to_release
    from open_line as l
    inner join aged as a on a.commitment = l.commitment and a.item_number = l.item_number
    cross join seen as s
    left join released as r on r.commitment = l.commitment and r.item_number = l.item_number
    left join releasable as b on l.is_owed and b.commitment = l.commitment and b.item_number = l.item_number
    cross join lateral (
        select
            a.oldest + case
                when l.is_owed then s.invoice_days
                when l.units_returned > 0 then s.credit_days
                else s.receipt_days
            end as expected_date
    ) as e
$$;

create or replace view mart.received_not_invoiced with (security_invoker = true) as
select r.* -- noqa: AM04
from core.company as y
cross join lateral mart.received_not_invoiced_at(y.company_id, date 'infinity') as r;

do $$
declare
    said record;
begin
    for said in
        select *
        from (
            values
            ('newest_receipt_date', 'Day of the newest receipt no invoice covers; null where more was invoiced'),
            (
                'expected_date',
                'Day by which the invoice, the material or the credit is expected: days of the profile after the oldest'
            ),
            ('is_overdue', 'Expected before the day of the figures'),
            ('amount_released', 'Part of the amount that is released by decision: all of it or nothing'),
            ('amount_to_release', 'What a reconciliation of the day proposes to release: all of the amount or nothing')
        ) as w (column_name, meaning)
    loop
        execute format('comment on column mart.received_not_invoiced.%I is %L', said.column_name, said.meaning);
        execute format('comment on column mart.received_not_invoiced_row.%I is %L', said.column_name, said.meaning);
    end loop;
end
$$;
