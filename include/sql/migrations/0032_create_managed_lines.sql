-- Which PO lines are managed and from which day on, what a lump-sum line is expected to bring, and whether tax is part
-- of a unit's value (domain 5 and 6).

-- A line is managed by the first rule that fits, where its category accumulates as Material; a company without rules
-- manages every line from its first record on. Empty conditions fit everything.
create table core.managed_rule (
    company_id text not null references core.company,
    rule_no integer not null,
    commitment_type text not null,
    material_class text not null,
    cutover date not null,
    approved_by text not null check (approved_by <> ''),
    primary key (company_id, rule_no)
);
comment on table core.managed_rule is 'Which PO lines are managed, from which day on; key: company_id, rule_no';
comment on column core.managed_rule.company_id is 'The company: one Sage data folder';
comment on column core.managed_rule.rule_no is 'Place of the rule; the first that fits counts';
comment on column core.managed_rule.commitment_type is 'Purchase order or Subcontract; empty = both';
comment on column core.managed_rule.material_class is 'Material class of the line''s standard item; empty = every one';
comment on column core.managed_rule.cutover is 'First day whose invoices and events are posted';
comment on column core.managed_rule.approved_by is 'Who approved the rule';
grant delete on core.managed_rule to pipeline;

-- What a lump-sum line (no units in Sage) is expected to bring: its unit cost is the amount over these units.
create table core.expected_quantity (
    company_id text not null references core.company,
    commitment text not null,
    item_number integer not null,
    units numeric(18, 4) not null check (units > 0),
    approved_by text not null check (approved_by <> ''),
    approved_at timestamptz not null default now(),
    primary key (company_id, commitment, item_number)
);
comment on table core.expected_quantity
is 'Approved quantity of lump-sum lines; key: company_id, commitment, item_number';
comment on column core.expected_quantity.company_id is 'The company: one Sage data folder';
comment on column core.expected_quantity.commitment is 'Commitment (purchase order) in Sage';
comment on column core.expected_quantity.item_number is 'Item number of the commitment (PO line)';
comment on column core.expected_quantity.units is 'Units the line''s amount stands for';
comment on column core.expected_quantity.approved_by is 'Who approved it';
comment on column core.expected_quantity.approved_at is 'When';
grant insert, update on core.expected_quantity to finance;

-- Value a line anew when its expected quantity comes or changes.
create function ledger.touch_expected_line() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into ledger.touched_line (company_id, commitment, item_number)
    values (new.company_id, new.commitment, new.item_number)
    on conflict do nothing;
    return null;
end
$$;
create trigger touch_line after insert or update on core.expected_quantity
for each row execute function ledger.touch_expected_line();

-- Units, unit cost and amount that a PO line is valued at as first ordered: expected units for a lump sum, tax inside the
-- amount only where the profile says that tax reaches the job on rows of the line (tax_on_lines).
create view core.priced_item as
select
    i.company_id,
    i.commitment,
    i.item_number,
    case when i.units = 0 then coalesce(x.units, 0) else i.units end as units,
    i.unit_cost,
    case when coalesce((y.profile ->> 'tax_on_lines')::boolean, false) then i.amount else i.amount - i.amount_tax end
        as amount
from core.commitment_item as i
inner join core.company as y on y.company_id = i.company_id
left join core.expected_quantity as x
    on x.company_id = i.company_id and x.commitment = i.commitment and x.item_number = i.item_number;
comment on view core.priced_item
is 'What a PO line is valued at as first ordered; key: company_id, commitment, item_number';
comment on column core.priced_item.company_id is 'The company: one Sage data folder';
comment on column core.priced_item.commitment is 'Commitment (purchase order) in Sage';
comment on column core.priced_item.item_number is 'Item number of the commitment (PO line)';
comment on column core.priced_item.units is 'Units ordered; the approved expected ones of a lump sum';
comment on column core.priced_item.unit_cost is 'Unit cost as Sage has it';
comment on column core.priced_item.amount is 'Amount, with tax only where tax reaches the job on rows of the line';

-- The policy of every managed PO line by day, that of the line's job, from its cutover on; one row per line and stretch
-- of days. An unmanaged line has no row.
create or replace view ledger.line_policy as
with ruled as (
    select distinct m.company_id
    from core.managed_rule as m
),

fitting as (
    select
        i.company_id,
        i.commitment,
        i.item_number,
        (array_agg(m.cutover order by m.rule_no))[1] as cutover
    from core.managed_rule as m
    inner join core.commitment_item as i on i.company_id = m.company_id
    inner join core.commitment as c on c.company_id = i.company_id and c.commitment = i.commitment
    left join core.item as t on t.company_id = i.company_id and t.standard_item = i.standard_item
    left join core.category as ca
        on
            ca.company_id = i.company_id and ca.job = i.job and ca.extra = i.extra and ca.cost_code = i.cost_code
            and ca.category = i.category
    left join core.standard_category as sc on sc.company_id = i.company_id and sc.category = i.category
    where
        m.commitment_type in ('', c.commitment_type)
        and m.material_class in ('', t.material_class)
        and coalesce(nullif(ca.accumulate_as, ''), nullif(sc.accumulate_as, ''), 'Material') ilike 'm%'
    group by i.company_id, i.commitment, i.item_number
)

select
    i.company_id,
    i.commitment,
    i.item_number,
    p.policy,
    p.is_price_posted,
    greatest(p.valid_from, f.cutover) as valid_from,
    p.valid_to
from core.commitment_item as i
inner join ledger.job_policy as p on p.company_id = i.company_id and p.job = i.job
left join ruled as r on r.company_id = i.company_id
left join fitting as f
    on f.company_id = i.company_id and f.commitment = i.commitment and f.item_number = i.item_number
where (r.company_id is null or f.cutover is not null) and (f.cutover is null or f.cutover < p.valid_to);

-- The unit cost in force of every line on a day as an exact fraction; a zeroed line keeps its last one (domain 4).
-- Written apart from the valuation on purpose: reconciliation checks the ledger's money against it.
create or replace function recon.unit_cost_at(wanted_company text, as_of date)
returns table (
    commitment text, item_number integer, units numeric, amount numeric, numerator numeric, denominator numeric
)
language sql stable parallel safe as $$
    with steps as (
        select
            i.commitment,
            i.item_number,
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
            o.close_count,
            o.approved_at,
            lpad(o.change_order, 10, '0') as change_order,
            x.units,
            x.amount,
            x.unit_cost
        from core.change_order as o
        inner join core.change_order_item as x
            on x.company_id = o.company_id and x.commitment = o.commitment and x.change_order = o.change_order
        where o.company_id = wanted_company and o.status = 'Approved' and o.change_order_date <= as_of
    ),

    standing as (
        select
            s.commitment,
            s.item_number,
            row_number() over up_to as step_no,
            sum(s.units) over up_to as units,
            sum(s.amount) over up_to as amount,
            count(s.unit_cost) over up_to as cost_no,
            s.unit_cost
        from steps as s
        window up_to as (
            partition by s.commitment, s.item_number
            order by s.close_count, s.approved_at, s.change_order collate "C"
        )
    ),

    costed as (
        select
            s.commitment,
            s.item_number,
            s.step_no,
            s.units,
            s.amount,
            max(s.unit_cost) over (partition by s.commitment, s.item_number, s.cost_no) as unit_cost
        from standing as s
    ),

    priced as (
        select distinct on (c.commitment, c.item_number)
            c.commitment,
            c.item_number,
            case when round(c.units * c.unit_cost, 2) = c.amount then c.unit_cost else c.amount end as numerator,
            case when round(c.units * c.unit_cost, 2) = c.amount then 1 else c.units end as denominator
        from costed as c
        where c.units > 0
        order by c.commitment, c.item_number, c.step_no desc
    ),

    latest as (
        select distinct on (c.commitment, c.item_number)
            c.commitment,
            c.item_number,
            c.units,
            c.amount,
            c.unit_cost
        from costed as c
        order by c.commitment, c.item_number, c.step_no desc
    )

    select
        l.commitment,
        l.item_number,
        l.units,
        l.amount,
        coalesce(p.numerator, l.unit_cost, 0) as numerator,
        coalesce(p.denominator, 1) as denominator
    from latest as l
    left join priced as p on p.commitment = l.commitment and p.item_number = l.item_number
$$;

-- Where every PO line of a company stands at the end of a day; one row per line committed by then. Runs with its
-- owner's rights, because analysts read mart only. No nested loops: every line is wanted, and the planner takes the
-- joined parts for a few rows (measured on 9,612 lines: 4.4 s with, 0.5 s without).
create or replace function mart.commitment_position_at(company_id text, as_of date)
returns setof mart.commitment_position_row
language sql stable security definer set search_path = pg_catalog, pg_temp set enable_nestloop = off as $$
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
        where o.company_id = $1 and o.change_order_date <= $2
        group by x.commitment, x.item_number
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
            v.units,
            v.amount
        from ledger.value_entry as v
        inner join ledger.material_event as e on e.company_id = v.company_id and e.event_id = v.event_id
        left join ledger.material_event as undone
            on
                e.event_type = 'reversed'
                and undone.company_id = e.company_id and undone.event_id = e.reverses_event_id
        where v.company_id = $1 and v.entry_date <= $2
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

    invoices as (
        select
            s.commitment,
            s.item_number,
            s.vendor,
            s.invoice,
            max(s.transaction_date) as invoiced_on,
            sum(s.units) as units,
            sum(s.amount) as amount,
            sum(s.amount) filter (where s.units = 0) as amount_without_units,
            sum(s.amount) filter (where s.units <> 0) as amount_with_units
        from recon.sage_cost_row as s
        where s.company_id = $1 and s.transaction_date <= $2 and s.kind = 'invoice'
        group by s.commitment, s.item_number, s.vendor, s.invoice
    ),

    invoiced as (
        select
            v.commitment,
            v.item_number,
            sum(v.units) as units,
            sum(v.amount) as amount,
            coalesce(sum(v.amount_without_units), 0) as amount_without_units
        from invoices as v
        group by v.commitment, v.item_number
    ),

    lines as (
        select
            i.commitment,
            i.item_number,
            c.commitment_type,
            c.commitment_date,
            c.is_closed,
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
            coalesce(v.amount_replaced, 0) as amount_replaced,
            coalesce(v.units_allocated, 0) as units_allocated,
            coalesce(v.amount_allocated, 0) as amount_allocated,
            coalesce(v.units_installed, 0) as units_installed,
            coalesce(v.amount_installed, 0) as amount_installed,
            coalesce(v.units_wasted, 0) as units_wasted,
            coalesce(v.amount_wasted, 0) as amount_wasted,
            coalesce(n.units, 0) as units_invoiced,
            coalesce(n.amount, 0) as amount_invoiced,
            coalesce(n.amount_without_units, 0) as amount_without_units,
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
        where i.company_id = $1 and c.commitment_date <= $2
    ),

    -- Invoice units above what was received, taken off the latest invoices first at their own price.
    excess as (
        select
            r.commitment,
            r.item_number,
            sum(
                round(
                    r.amount_with_units
                    * least(r.units, greatest(r.units_excess - r.units_later, 0))
                    / r.units,
                    2
                )
            ) as amount
        from (
            select
                v.commitment,
                v.item_number,
                v.units,
                v.amount_with_units,
                l.units_invoiced - (l.units_accepted - l.units_returned) as units_excess,
                coalesce(
                    sum(v.units) over (
                        partition by v.commitment, v.item_number
                        order by v.invoiced_on desc, v.invoice desc, v.vendor desc
                        rows between unbounded preceding and 1 preceding
                    ),
                    0
                ) as units_later
            from invoices as v
            inner join lines as l on l.commitment = v.commitment and l.item_number = v.item_number
            where v.units > 0 and l.units_invoiced > l.units_accepted - l.units_returned
        ) as r
        group by r.commitment, r.item_number
    ),

    -- The part of the received value that invoices with units have not taken up; invoices without units may cover the
    -- rest.
    uncovered as (
        select
            l.*,
            l.units_accepted - l.units_returned - l.units_invoiced as units_open,
            case
                when l.units_invoiced = l.units_accepted - l.units_returned then 0
                else
                    l.amount_accepted - l.amount_returned
                    - ledger.round_fraction(l.units_invoiced * l.numerator, l.denominator)
            end as amount_open
        from lines as l
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
        case when l.is_closed then 0 else l.units_revised - l.units_accepted + l.units_replaced end as units_to_receive,
        case when l.is_closed then 0 else l.amount_revised - l.amount_accepted + l.amount_replaced end as amount_to_receive,
        case when l.is_closed then greatest(l.units_revised - l.units_accepted, 0) else 0 end as units_closed_short,
        case
            when l.is_closed and l.units_revised > l.units_accepted then l.amount_revised - l.amount_accepted else 0
        end as amount_closed_short,
        l.units_revised - l.units_invoiced as units_to_invoice,
        l.amount_revised - l.amount_invoiced as amount_to_invoice,
        case
            when l.units_open <= 0 or l.amount_open <= 0 or l.amount_without_units <= 0 then l.units_open
            else round(l.units_open * greatest(l.amount_open - l.amount_without_units, 0) / l.amount_open, 4)
        end as units_received_not_invoiced,
        case
            when l.units_open < 0 then -coalesce(x.amount, 0)
            when l.amount_without_units <= 0 then l.amount_open
            else greatest(l.amount_open - l.amount_without_units, least(l.amount_open, 0))
        end as amount_received_not_invoiced,
        l.units_accepted > l.units_revised as is_over_received
    from uncovered as l
    left join excess as x on x.commitment = l.commitment and x.item_number = l.item_number
    left join core.vendor as vendor on vendor.company_id = $1 and vendor.vendor = l.vendor
    left join core.item as item on item.company_id = $1 and item.standard_item = l.standard_item
    left join core.job as job on job.company_id = $1 and job.job = l.job
$$;

