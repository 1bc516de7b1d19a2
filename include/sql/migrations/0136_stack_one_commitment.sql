-- The stack of bills of one commitment alone (null = of all), as before.
create function ledger.bill_stack_of(wanted_company text, as_of date, wanted_commitment text)
returns table (
    commitment text, item_number integer, bill text, last_day date, place bigint, is_credit boolean, units numeric,
    amount numeric, units_ahead numeric, amount_ahead numeric
)
language plpgsql stable parallel safe set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    return query
    with cover as (
        select distinct on (v.commitment, v.item_number, v.bill)
            v.commitment,
            v.item_number,
            v.bill,
            v.units
        from ledger.bill_cover_of(wanted_company, wanted_commitment) as v
        where v.day <= as_of
        order by v.commitment, v.item_number, v.bill, v.day desc
    ),

    received as (
        select
            m.commitment,
            m.item_number,
            sum(m.units) as units
        from ledger.layer_movement as m
        where
            m.company_id = wanted_company and m.track in ('Q', 'R') and m.entry_date <= as_of
            and (wanted_commitment is null or m.commitment = wanted_commitment)
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
        where
            r.company_id = wanted_company and r.day <= as_of
            and (wanted_commitment is null or r.commitment = wanted_commitment)
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
comment on function ledger.bill_stack_of
is 'As ledger.bill_stack_at, of one commitment or of all (null)';

create or replace function ledger.bill_stack_at(wanted_company text, as_of date)
returns table (
    commitment text, item_number integer, bill text, last_day date, place bigint, is_credit boolean, units numeric,
    amount numeric, units_ahead numeric, amount_ahead numeric
)
language sql stable parallel safe set enable_nestloop = off as $$
    select s.* from ledger.bill_stack_of(wanted_company, as_of, null) as s
$$;
