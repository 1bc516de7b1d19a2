-- The stack of a line's bills at the end of a day, and what every close keeps of it.
create function ledger.bill_stack_at(wanted_company text, as_of date)
returns table (
    commitment text, item_number integer, bill text, last_day date, place bigint, is_credit boolean, units numeric,
    amount numeric, units_ahead numeric, amount_ahead numeric
)
language plpgsql stable parallel safe set plan_cache_mode = force_generic_plan set enable_nestloop = off as $$
#variable_conflict use_column
begin
    return query
    with cover as (
        select distinct on (v.commitment, v.item_number, v.bill)
            v.commitment,
            v.item_number,
            v.bill,
            v.units
        from ledger.bill_cover(wanted_company) as v
        where v.day <= as_of
        order by v.commitment, v.item_number, v.bill, v.day desc
    ),

    received as (
        select
            m.commitment,
            m.item_number,
            sum(m.units) as units
        from ledger.layer_movement as m
        where m.company_id = wanted_company and m.track in ('Q', 'R') and m.entry_date <= as_of
        group by m.commitment, m.item_number
    ),

    bill as (
        select
            r.commitment,
            r.item_number,
            r.bill,
            coalesce(c.close_no, 2147483647) as close_no,
            coalesce(c.billed_on, min(r.day)) as billed_on,
            max(r.day) as last_day,
            sum(r.units) + coalesce(v.units, 0) as units,
            sum(r.amount) as amount
        from ledger.billed_row as r
        left join cover as v on v.commitment = r.commitment and v.item_number = r.item_number and v.bill = r.bill
        left join ledger.bill_at_close as c
            on
                c.company_id = r.company_id and c.commitment = r.commitment and c.item_number = r.item_number
                and c.bill = r.bill
        where r.company_id = wanted_company and r.day <= as_of
        group by r.commitment, r.item_number, r.bill, c.close_no, c.billed_on, v.units
    ),

    -- As in create_price_stack: how high each close's bills reach, and what credits of it and later ones leave of them.
    height as (
        select
            b.commitment,
            b.item_number,
            b.close_no,
            sum(b.units) as units,
            sum(sum(b.units)) over (partition by b.commitment, b.item_number order by b.close_no) as units_up_to
        from bill as b
        group by b.commitment, b.item_number, b.close_no
    ),

    level as (
        select
            h.commitment,
            h.item_number,
            h.close_no,
            h.units_up_to - h.units as units_before,
            sum(h.units) over (partition by h.commitment, h.item_number) as units_invoiced,
            min(h.units_up_to) over (
                partition by h.commitment, h.item_number order by h.close_no desc
            ) as units_cap
        from height as h
    ),

    placed as (
        select
            b.*,
            l.units_cap,
            l.units_invoiced,
            coalesce(r.units, 0) as units_received,
            row_number() over (
                partition by b.commitment, b.item_number order by b.close_no, b.billed_on, b.bill collate "C"
            ) as place,
            l.units_before
            + coalesce(
                sum(b.units) over (
                    partition by b.commitment, b.item_number, b.close_no, b.units > 0
                    order by b.billed_on, b.bill collate "C"
                    rows between unbounded preceding and 1 preceding
                ),
                0
            ) as units_below
        from bill as b
        inner join level as l
            on l.commitment = b.commitment and l.item_number = b.item_number and l.close_no = b.close_no
        left join received as r on r.commitment = b.commitment and r.item_number = b.item_number
    ),

    ahead as (
        select
            p.*,
            case
                when p.units > 0 and p.units_invoiced > p.units_received
                    then
                        least(greatest(least(p.units_invoiced, p.units_cap) - p.units_below, 0), p.units)
                        - least(greatest(least(p.units_received, p.units_cap) - p.units_below, 0), p.units)
                else 0
            end as units_ahead
        from placed as p
    )

    select
        a.commitment,
        a.item_number,
        a.bill,
        a.last_day,
        a.place,
        a.units <= 0 as is_credit,
        a.units,
        a.amount,
        a.units_ahead,
        ledger.layer_share(a.amount, a.units, a.units_ahead) as amount_ahead
    from ahead as a;
end
$$;
comment on function ledger.bill_stack_at
is 'Bills of each PO line at the end of a day in the order in which they are laid over its receipts, with the units '
'each bills or covers, and what of it is billed ahead: beyond what was received, at its own price';

create or replace function ledger.note_bills() returns trigger
language plpgsql as $$
begin
    insert into ledger.bill_at_close (company_id, commitment, item_number, bill, close_no, billed_on)
    select r.company_id, r.commitment, r.item_number, r.bill, new.close_no, min(r.day)
    from ledger.billed_row as r
    where r.company_id = new.company_id
    group by r.company_id, r.commitment, r.item_number, r.bill
    on conflict (company_id, commitment, item_number, bill) do nothing;
    call ledger.note_cover(new.company_id, new.close_no);
    return null;
end
$$;

-- Only what differs from what an earlier close knew is kept again.
create procedure ledger.note_cover(wanted_company text, wanted_close integer)
language sql as $$
    insert into ledger.cover_at_close (company_id, commitment, item_number, bill, day, close_no, units, amount)
    select wanted_company, v.commitment, v.item_number, v.bill, v.day, wanted_close, v.units, v.amount
    from ledger.bill_cover(wanted_company) as v
    left join (
        select distinct on (k.commitment, k.item_number, k.bill, k.day)
            k.commitment,
            k.item_number,
            k.bill,
            k.day,
            k.units,
            k.amount
        from ledger.cover_at_close as k
        where k.company_id = wanted_company
        order by k.commitment, k.item_number, k.bill, k.day, k.close_no desc
    ) as known
        on
            known.commitment = v.commitment and known.item_number = v.item_number and known.bill = v.bill
            and known.day = v.day
    cross join (
        select max(ledger.period_end(p.period)) as through
        from ledger.period_close as p
        where p.company_id = wanted_company
    ) as signed
    where
        v.day <= signed.through
        and (known.units is null or known.units <> v.units or known.amount <> v.amount)
$$;
comment on procedure ledger.note_cover is 'Keeps what bills without units cover on the days of the months signed';

-- Of closes signed before this release: their bills keep the order they have, in front of what comes from now on.
do $$
declare
    last_close record;
begin
    for last_close in
        select
            c.company_id,
            max(c.close_no) as close_no
        from ledger.period_close as c
        group by c.company_id
    loop
        insert into ledger.bill_at_close (company_id, commitment, item_number, bill, close_no, billed_on)
        select r.company_id, r.commitment, r.item_number, r.bill, last_close.close_no, min(r.day)
        from ledger.billed_row as r
        where r.company_id = last_close.company_id and r.is_without_units
        group by r.company_id, r.commitment, r.item_number, r.bill
        on conflict (company_id, commitment, item_number, bill) do nothing;
        call ledger.note_cover(last_close.company_id, last_close.close_no);
    end loop;
end
$$;
