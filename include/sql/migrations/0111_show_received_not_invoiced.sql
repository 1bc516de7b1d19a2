-- What was received and not invoiced, and what was invoiced and not received, per PO line and by age (domain 7.4).

create type mart.received_not_invoiced_row as (
    company_id text,
    commitment text,
    item_number integer,
    vendor text,
    vendor_name text,
    standard_item text,
    item_name text,
    job text,
    job_name text,
    extra text,
    cost_code text,
    category text,
    is_closed boolean,
    units_received_not_invoiced numeric (18, 4),
    amount_received_not_invoiced numeric (14, 2),
    amount_0_to_30_days numeric (14, 2),
    amount_31_to_60_days numeric (14, 2),
    amount_61_to_90_days numeric (14, 2),
    amount_over_90_days numeric (14, 2),
    oldest_receipt_date date,
    oldest_invoice_date date,
    owner text,
    cause text
);

-- Invoices pay receipts first in first out, so what no invoice covers are the latest receipts; what was invoiced beyond
-- the receipts are the latest invoices, at their own price. Money owed is the line's own figure, split by units: the
-- cents fall where the running sum rounds, and ages add up to it. What no document has a date for (opened lines) counts
-- as old as the oldest document, else as the order.
create function mart.received_not_invoiced_at(company_id text, as_of date)
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

    bill as (
        select
            b.commitment,
            b.item_number,
            b.vendor,
            b.invoice,
            max(b.transaction_date) as day,
            sum(b.units) as units,
            sum(b.amount) as amount
        from outbox.mirrored_ap_row as b
        where b.company_id = $1 and b.transaction_date <= $2
        group by b.commitment, b.item_number, b.vendor, b.invoice
        having sum(b.units) > 0
    ),

    dated as (
        select
            l.commitment,
            l.item_number,
            y.day,
            y.units,
            null as amount,
            row_number() over (partition by l.commitment, l.item_number order by y.place desc) as back_no
        from open_line as l
        inner join layer as y on y.commitment = l.commitment and y.item_number = l.item_number
        where l.is_owed
        union all
        select
            l.commitment,
            l.item_number,
            b.day,
            b.units,
            b.amount,
            row_number() over (
                partition by l.commitment, l.item_number order by b.day desc, b.invoice desc, b.vendor desc
            ) as back_no
        from open_line as l
        inner join bill as b on b.commitment = l.commitment and b.item_number = l.item_number
        where not l.is_owed
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
                when l.is_owed
                    then
                        round(l.amount_received_not_invoiced * s.units_through / l.units_open, 2)
                        - round(l.amount_received_not_invoiced * (s.units_through - s.units) / l.units_open, 2)
                else -round(s.amount * least(s.units, l.units_open - (s.units_through - s.units)) / s.units, 2)
            end as amount
        from summed as s
        inner join open_line as l on l.commitment = s.commitment and l.item_number = s.item_number
        -- Invoices without units leave a figure without units: then the latest document stands for it.
        where s.back_no = 1 or s.units_through - s.units < l.units_open
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
comment on function mart.received_not_invoiced_at(text, date)
is 'What was received and not invoiced, or invoiced and not received, at the end of a day, with its age on that day';

create view mart.received_not_invoiced with (security_invoker = true) as
select r.* -- noqa: AM04
from core.company as y
cross join lateral mart.received_not_invoiced_at(y.company_id, date 'infinity') as r;
comment on view mart.received_not_invoiced
is 'PO lines on which receipts and invoices differ, by age today; key: company_id, commitment, item_number';
comment on type mart.received_not_invoiced_row
is 'One row of mart.received_not_invoiced and mart.received_not_invoiced_at';

do $$
declare
    said record;
begin
    for said in
        select *
        from (
            values
            ('company_id', 'The company: one Sage data folder'),
            ('commitment', 'Commitment (purchase order) in Sage'),
            ('item_number', 'Item number of the commitment (PO line)'),
            ('vendor', 'Vendor in Sage'),
            ('vendor_name', 'Name of the vendor'),
            ('standard_item', 'Material: standard item of the catalog'),
            ('item_name', 'Description of the standard item'),
            ('job', 'Job in Sage'),
            ('job_name', 'Description of the job in Sage'),
            ('extra', 'Extra of the job; empty = base job'),
            ('cost_code', 'Cost code of the line'),
            ('category', 'Category of the cost code'),
            ('is_closed', 'Closed in Sage: nothing more is to be received'),
            ('units_received_not_invoiced', 'Net received units no invoice covers; negative = invoiced, not received'),
            (
                'amount_received_not_invoiced',
                'A of domain 5: PO value of these units; negative = invoice price of units not received'
            ),
            ('amount_0_to_30_days', 'Part of the amount whose receipt or, where negative, invoice is at most 30 days old'),
            ('amount_31_to_60_days', 'Part of the amount that is 31 to 60 days old'),
            ('amount_61_to_90_days', 'Part of the amount that is 61 to 90 days old'),
            ('amount_over_90_days', 'Part of the amount that is older than 90 days'),
            ('oldest_receipt_date', 'Day of the oldest receipt no invoice covers; null where more was invoiced'),
            ('oldest_invoice_date', 'Day of the oldest invoice no receipt covers; null where more was received'),
            ('owner', 'Who has to act: accounts payable, site or purchasing'),
            ('cause', 'Why the two differ, in words')
        ) as w (column_name, meaning)
    loop
        execute format('comment on column mart.received_not_invoiced.%I is %L', said.column_name, said.meaning);
        execute format('comment on column mart.received_not_invoiced_row.%I is %L', said.column_name, said.meaning);
    end loop;
end
$$;
revoke execute on function mart.received_not_invoiced_at from public;
grant execute on function mart.received_not_invoiced_at to pipeline, finance, oncall, analyst, auditor;
grant select on mart.received_not_invoiced to finance, oncall, analyst, auditor;
