-- A PO line may be billed by an amount without units (docs/decisions/0012).
-- The rows without units of an invoice are a bill of their own, behind those with units.
create or replace view ledger.billed_row with (security_invoker = true) as
select
    r.company_id,
    r.commitment,
    r.item_number,
    r.vendor || E'\x1f' || r.invoice || case when r.units = 0 then E'\x1f' else '' end as bill,
    r.transaction_date as day,
    r.units,
    r.amount,
    r.units = 0 as is_without_units
from outbox.mirrored_ap_row as r
left join ledger.opening_balance as o
    on o.company_id = r.company_id and o.commitment = r.commitment and o.item_number = r.item_number
where o.opened_on is null or r.transaction_date >= o.opened_on
union all
select
    o.company_id,
    o.commitment,
    o.item_number,
    case when o.units_invoiced = 0 then E'\x1f' else '' end as bill,
    o.opened_on - 1 as day,
    o.units_invoiced as units,
    o.amount_invoiced as amount,
    o.units_invoiced = 0 as is_without_units
from ledger.opening_balance as o
where o.units_invoiced <> 0 or o.amount_invoiced <> 0;
comment on column ledger.billed_row.bill
is 'Vendor and invoice, parted by the unit separator; empty = before the opening; ends with one where without units';
comment on column ledger.billed_row.is_without_units is 'The row carries an amount and no units';
comment on column ledger.bill_at_close.billed_on is 'Its first day as that close knew it';
comment on table ledger.bill_at_close
is 'Bills that were known when a period was signed, each at the first such close; append-only; '
'key: company_id, commitment, item_number, bill';

create function ledger.unit_cost_step(wanted_company text)
returns table (
    commitment text, item_number integer, valid_from date, valid_to date, numerator numeric, denominator numeric
)
language sql stable parallel safe as $$
    with step as (
        select
            i.commitment,
            i.item_number,
            date '-infinity' as changed_on,
            0 as close_count,
            '-infinity'::timestamptz as approved_at,
            '' as change_order,
            i.units,
            i.amount,
            nullif(i.unit_cost, 0) as unit_cost
        from core.priced_item as i
        where i.company_id = wanted_company
        union all
        select
            x.commitment,
            x.item_number,
            o.change_order_date as changed_on,
            o.close_count,
            o.approved_at,
            lpad(o.change_order, 10, '0') as change_order,
            x.units,
            x.amount,
            x.unit_cost
        from core.change_order as o
        inner join core.change_order_item as x
            on x.company_id = o.company_id and x.commitment = o.commitment and x.change_order = o.change_order
        where o.company_id = wanted_company and o.status = 'Approved'
    ),

    point as (
        select
            s.commitment,
            s.item_number,
            s.changed_on as valid_from
        from step as s
        group by s.commitment, s.item_number, s.changed_on
    ),

    standing as (
        select
            p.commitment,
            p.item_number,
            p.valid_from,
            row_number() over up_to as step_no,
            sum(s.units) over up_to as units,
            sum(s.amount) over up_to as amount,
            (array_agg(s.unit_cost) filter (where s.unit_cost is not null) over up_to) as unit_costs
        from point as p
        inner join step as s
            on s.commitment = p.commitment and s.item_number = p.item_number and s.changed_on <= p.valid_from
        window up_to as (
            partition by p.commitment, p.item_number, p.valid_from
            order by s.close_count, s.approved_at, s.change_order collate "C"
        )
    ),

    cost as (
        select distinct on (s.commitment, s.item_number, s.valid_from)
            s.commitment,
            s.item_number,
            s.valid_from,
            case
                when s.units <= 0 then coalesce(s.unit_costs[cardinality(s.unit_costs)], 0)
                when round(s.units * s.unit_costs[cardinality(s.unit_costs)], 2) = s.amount
                    then s.unit_costs[cardinality(s.unit_costs)]
                else s.amount
            end as numerator,
            case
                when s.units <= 0 or round(s.units * s.unit_costs[cardinality(s.unit_costs)], 2) = s.amount then 1
                else s.units
            end as denominator
        from standing as s
        order by s.commitment asc, s.item_number asc, s.valid_from asc, (s.units > 0) desc, s.step_no desc
    )

    select
        c.commitment,
        c.item_number,
        c.valid_from,
        lead(c.valid_from, 1, date 'infinity') over (
            partition by c.commitment, c.item_number order by c.valid_from
        ) as valid_to,
        c.numerator,
        c.denominator
    from cost as c
$$;
comment on function ledger.unit_cost_step
is 'Unit cost in force of the PO lines of a company as a fraction, from a day to before another one; a zeroed line '
'keeps its last one';
