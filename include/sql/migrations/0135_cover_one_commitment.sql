-- Covers, stack and position of one commitment alone (null = of all), as before: a page that shows one must not reckon
-- those of the whole company. What the recursion reads is reckoned once, and for no day before a bill.
create function ledger.bill_cover_of(wanted_company text, wanted_commitment text)
returns table (commitment text, item_number integer, bill text, day date, units numeric, amount numeric)
language plpgsql stable parallel safe set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    -- Of one commitment the question costs as much as the answer.
    if wanted_commitment is null and not exists (
        select
        from ledger.billed_row as b
        where b.company_id = wanted_company and b.is_without_units
    ) then
        return;
    end if;
    return query
    with recursive billed as (
        select r.*
        from (
            select
                b.*,
                bool_or(b.is_without_units) over (partition by b.commitment, b.item_number) as is_wanted
            from ledger.billed_row as b
            where
                b.company_id = wanted_company
                and (wanted_commitment is null or b.commitment = wanted_commitment)
        ) as r
        where r.is_wanted
    ),

    -- Bills in the order of the stack.
    bill as (
        select
            k.*,
            row_number() over (
                partition by k.commitment, k.item_number
                order by k.close_no asc nulls last, k.billed_on, k.bill collate "C"
            ) as bill_no
        from (
            select
                b.commitment,
                b.item_number,
                b.bill,
                b.is_without_units,
                c.close_no,
                coalesce(c.billed_on, min(b.day)) as billed_on,
                min(b.day) as first_day
            from billed as b
            left join ledger.bill_at_close as c
                on
                    c.company_id = wanted_company and c.commitment = b.commitment
                    and c.item_number = b.item_number and c.bill = b.bill
            group by b.commitment, b.item_number, b.bill, b.is_without_units, c.close_no, c.billed_on
        ) as k
    ),

    line as (
        select
            b.commitment,
            b.item_number
        from bill as b
        group by b.commitment, b.item_number
    ),

    -- What came, and what had come and went away again without being paid for.
    moved as (
        select
            y.commitment,
            y.item_number,
            y.day,
            sum(y.units) as units,
            sum(greatest(-y.units, 0)) as units_gone
        from (
            select
                m.commitment,
                m.item_number,
                m.layer_event_id,
                m.entry_date as day,
                sum(m.units) as units
            from ledger.layer_movement as m
            inner join line as l on l.commitment = m.commitment and l.item_number = m.item_number
            where
                m.company_id = wanted_company and m.track in ('Q', 'R')
                and (wanted_commitment is null or m.commitment = wanted_commitment)
            group by m.commitment, m.item_number, m.layer_event_id, m.entry_date
        ) as y
        group by y.commitment, y.item_number, y.day
    ),

    -- Through which day what a close knew of a bill stands.
    signed as (
        select
            k.commitment,
            k.item_number,
            k.bill,
            max(p.through) as through
        from ledger.cover_at_close as k
        cross join (
            select max(ledger.period_end(c.period)) as through
            from ledger.period_close as c
            where c.company_id = wanted_company
        ) as p
        where
            k.company_id = wanted_company
            and (wanted_commitment is null or k.commitment = wanted_commitment)
        group by k.commitment, k.item_number, k.bill
    ),

    kept as (
        select
            k.*,
            lead(k.day, 1, date 'infinity') over (
                partition by k.commitment, k.item_number, k.bill order by k.day
            ) as next_day
        from (
            select distinct on (n.commitment, n.item_number, n.bill, n.day)
                n.commitment,
                n.item_number,
                n.bill,
                n.day,
                n.units,
                n.amount
            from ledger.cover_at_close as n
            where
                n.company_id = wanted_company
                and (wanted_commitment is null or n.commitment = wanted_commitment)
            order by n.commitment, n.item_number, n.bill, n.day, n.close_no desc
        ) as k
    ),

    -- What becomes known later counts for a signed bill from the day after the signed months.
    line_day as (
        select
            d.commitment,
            d.item_number,
            d.day,
            sum(d.units) as units,
            sum(d.units_gone) as units_gone
        from (
            select * from moved
            union all
            select
                b.commitment,
                b.item_number,
                b.day,
                0 as units,
                0 as units_gone
            from billed as b
            union all
            select
                s.commitment,
                s.item_number,
                s.through + 1 as day,
                0 as units,
                0 as units_gone
            from signed as s
            union all
            -- What an amount buys changes with the unit cost.
            select
                c.commitment,
                c.item_number,
                c.valid_from as day,
                0 as units,
                0 as units_gone
            from ledger.unit_cost_step(wanted_company) as c
            inner join line as l on l.commitment = c.commitment and l.item_number = c.item_number
            where c.valid_from > '-infinity'
        ) as d
        group by d.commitment, d.item_number, d.day
    ),

    standing as materialized (
        select
            d.commitment,
            d.item_number,
            d.day,
            sum(d.units) over up_to as units,
            sum(d.units_gone) over up_to as units_gone
        from line_day as d
        window up_to as (partition by d.commitment, d.item_number order by d.day)
    ),

    bill_day as (
        select
            d.commitment,
            d.item_number,
            d.day,
            d.units as units_received,
            d.units_gone,
            b.bill,
            b.bill_no,
            b.is_without_units,
            coalesce(sum(r.units) over up_to, 0) as units,
            coalesce(sum(r.amount) over up_to, 0) as amount
        from standing as d
        inner join bill as b
            on b.commitment = d.commitment and b.item_number = d.item_number and d.day >= b.first_day
        left join (
            select
                a.commitment,
                a.item_number,
                a.bill,
                a.day,
                sum(a.units) as units,
                sum(a.amount) as amount
            from billed as a
            group by a.commitment, a.item_number, a.bill, a.day
        ) as r
            on r.commitment = d.commitment and r.item_number = d.item_number and r.bill = b.bill and r.day = d.day
        window up_to as (partition by d.commitment, d.item_number, b.bill order by d.day)
    ),

    -- What bills with units lie below each bill without, and what credits among them took off.
    below as (
        select
            y.*,
            sum(case when y.is_without_units then 0 else y.units end) over in_stack as units_below,
            sum(case when y.is_without_units then 0 else greatest(-y.units, 0) end) over in_stack as units_credited,
            lag(y.amount, 1, 0::numeric) over by_day as amount_before
        from bill_day as y
        window
            in_stack as (partition by y.commitment, y.item_number, y.day order by y.bill_no),
            by_day as (partition by y.commitment, y.item_number, y.bill order by y.day)
    ),

    -- `turn` counts the bills without units of a day; `side`: 1 = a bill, -1 = a credit; `spell`: since its amount last
    -- shrank.
    asked as materialized (
        select
            b.commitment,
            b.item_number,
            b.day,
            b.bill,
            row_number() over (partition by b.commitment, b.item_number, b.day order by b.bill_no) as turn,
            b.amount,
            b.units_received,
            b.units_gone,
            b.units_below,
            b.units_credited,
            case when c.numerator < 0 then -sign(b.amount) else sign(b.amount) end as side,
            case
                when c.numerator <> 0
                    then div(abs(b.amount) * c.denominator * 1000000000000, abs(c.numerator)) * 0.000000000001
            end as units_bought,
            sum(
                case
                    when abs(b.amount) < abs(b.amount_before) or sign(b.amount) <> sign(b.amount_before) then 1
                    else 0
                end
            ) over (partition by b.commitment, b.item_number, b.bill order by b.day) as spell,
            case when k.amount = b.amount then abs(k.units) end as units_signed
        from below as b
        inner join ledger.unit_cost_step(wanted_company) as c
            on
                c.commitment = b.commitment and c.item_number = b.item_number
                and b.day >= c.valid_from and b.day < c.valid_to
                and (wanted_commitment is null or c.commitment = wanted_commitment)
        left join signed as s
            on
                s.commitment = b.commitment and s.item_number = b.item_number and s.bill = b.bill
                and s.through >= b.day
        left join kept as k
            on
                k.commitment = s.commitment and k.item_number = s.item_number and k.bill = s.bill
                and b.day >= k.day and b.day < k.next_day
        where b.is_without_units
    ),

    -- One bill without units after the other, each on what those before it left. Both tables it reads are materialized:
    -- a part read once is put into the recursion and reckoned anew in every turn (69 bills on a line: 35 s, else 1 s).
    walk as (
        select
            d.commitment,
            d.item_number,
            d.day,
            0::bigint as turn,
            '' as bill,
            0::numeric as amount,
            0::numeric as units,
            0::numeric as units_up_to,
            0::numeric as units_credited
        from standing as d
        union all
        select
            n.commitment,
            n.item_number,
            n.day,
            n.turn,
            n.bill,
            n.amount,
            n.units,
            n.units_up_to + n.units as units_up_to,
            n.units_credited + greatest(-n.units, 0) as units_credited
        from (
            select
                a.commitment,
                a.item_number,
                a.day,
                a.turn,
                a.bill,
                a.amount,
                w.units_up_to,
                w.units_credited,
                a.side * max(
                    case
                        when a.units_signed is not null then a.units_signed
                        when a.side > 0
                            then
                                greatest(
                                    least(a.units_received - a.units_below - w.units_up_to, a.units_bought), 0
                                )
                        when a.side < 0
                            then
                                greatest(
                                    least(
                                        a.units_below + w.units_up_to - a.units_received,
                                        a.units_gone - a.units_credited - w.units_credited,
                                        a.units_bought
                                    ),
                                    0
                                )
                        else 0
                    end
                ) over (partition by a.commitment, a.item_number, a.spell order by a.day) as units
            from walk as w
            inner join asked as a
                on
                    a.commitment = w.commitment and a.item_number = w.item_number and a.day = w.day
                    and a.turn = w.turn + 1
        ) as n
    ),

    changed as (
        select
            w.*,
            lag(w.units, 1, 0::numeric) over by_day as units_before,
            lag(w.amount, 1, 0::numeric) over by_day as amount_before
        from walk as w
        where w.turn > 0
        window by_day as (partition by w.commitment, w.item_number, w.bill order by w.day)
    )

    select
        c.commitment,
        c.item_number,
        c.bill,
        c.day,
        c.units,
        c.amount
    from changed as c
    where c.units <> c.units_before or c.amount <> c.amount_before;
end
$$;
comment on function ledger.bill_cover_of
is 'Units that each bill without units covers, from a day on, of one commitment or of all (null); negative = taken off '
'by a credit; one row per line, bill and day on which that or its amount changes';

-- No nested loops: the planner takes the joined parts for a few rows (9,612 lines: 24 s with, 0.5 s without).
create or replace function ledger.bill_cover(wanted_company text)
returns table (commitment text, item_number integer, bill text, day date, units numeric, amount numeric)
language sql stable parallel safe set enable_nestloop = off as $$
    select c.* from ledger.bill_cover_of(wanted_company, null) as c
$$;
