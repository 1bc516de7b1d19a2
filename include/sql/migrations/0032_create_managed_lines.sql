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

-- What a line opens with at its cutover, as approved: one row per line, never changed. What happened before becomes
-- events of the day before, which RunBlu did not record; what was invoiced before counts as one bill of that day.
create table ledger.opening_balance (
    company_id text not null references core.company,
    commitment text not null,
    item_number integer not null,
    opened_on date not null,
    units_received numeric(18, 4) not null check (units_received > 0),
    units_returned numeric(18, 4) not null default 0 check (units_returned >= 0),
    units_consumed numeric(18, 4) not null default 0 check (units_consumed >= 0),
    units_invoiced numeric(18, 4) not null default 0,
    amount_invoiced numeric(14, 2) not null default 0,
    approved_by text not null check (approved_by <> ''),
    approved_at timestamptz not null default now(),
    primary key (company_id, commitment, item_number),
    check (units_returned + units_consumed <= units_received)
);
comment on table ledger.opening_balance
is 'What a PO line opens with at its cutover; append-only; key: company_id, commitment, item_number';
comment on column ledger.opening_balance.company_id is 'The company: one Sage data folder';
comment on column ledger.opening_balance.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.opening_balance.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.opening_balance.opened_on is 'The cutover: nothing dated before it is posted or offset';
comment on column ledger.opening_balance.units_received is 'Units accepted before';
comment on column ledger.opening_balance.units_returned is 'Units returned to the vendor before';
comment on column ledger.opening_balance.units_consumed is 'Units built in or wasted before, on the line''s codes';
comment on column ledger.opening_balance.units_invoiced is 'Units billed before; 0 where the bills carried none';
comment on column ledger.opening_balance.amount_invoiced
is 'Money billed before; AP rows of those days are not looked at';
comment on column ledger.opening_balance.approved_by is 'Who approved it';
comment on column ledger.opening_balance.approved_at is 'When';
revoke update, delete, truncate on ledger.opening_balance from pipeline;
grant insert on ledger.opening_balance to finance;
create trigger append_only before update or delete or truncate on ledger.opening_balance
for each statement execute function audit.refuse_change();
alter table ledger.opening_balance enable always trigger append_only;

-- An approved opening becomes events of the day before, in the live inbox like any other: received, returned,
-- installed.
create function ledger.put_opening_into_inbox() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into ledger.event_inbox (company_id, event_id, document)
    select
        new.company_id,
        e.event_id,
        jsonb_strip_nulls(jsonb_build_object(
            'event_id', e.event_id,
            'event_type', e.event_type,
            'occurred_at', to_char(new.opened_on - 1, 'YYYY-MM-DD') || 'T00:00:0' || e.place || '+00:00',
            'recorded_at', to_char(new.approved_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') || 'Z',
            'actor', new.approved_by,
            'device', 'opening balance',
            'commitment', i.commitment,
            'item_number', i.item_number,
            'standard_item', i.standard_item,
            'location', i.job,
            'quantity', e.units::text,
            'unit', i.unit,
            'receipt_event_id', e.receipt_event_id,
            'disposition', case e.event_type when 'returned' then 'credit' end,
            'reason', 'opening balance'
        ))
    from core.commitment_item as i
    cross join lateral (
        values
        (0, 'received', new.units_received), (1, 'returned', new.units_returned), (2, 'installed', new.units_consumed)
    ) as w (place, event_type, units)
    cross join lateral (
        select
            w.place,
            w.event_type,
            w.units,
            concat_ws('/', 'OPENING', new.commitment, new.item_number, w.event_type) as event_id,
            case when w.place > 0 then concat_ws('/', 'OPENING', new.commitment, new.item_number, 'received') end
                as receipt_event_id
    ) as e
    where
        i.company_id = new.company_id and i.commitment = new.commitment and i.item_number = new.item_number
        and e.units > 0
    order by e.place;
    if not found then
        raise exception 'RS-126 an opening balance names no PO line; record: % %/%; expected: a line of '
            'core.commitment_item; next step: let the commitment land first, or correct the line',
            new.company_id, new.commitment, new.item_number
            using errcode = 'foreign_key_violation';
    end if;
    return null;
end
$$;
create trigger put_into_inbox after insert on ledger.opening_balance
for each row execute function ledger.put_opening_into_inbox();

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

-- Units, unit cost and amount that a PO line is valued at as first ordered: expected units for a lump sum, tax inside
-- the amount only where the profile says that tax reaches the job on rows of the line (tax_on_lines).
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

-- The policy of every managed PO line by day, that of the line's job, from its cutover or opening on; one row per line
-- and stretch of days. An unmanaged line has no row.
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
    greatest(p.valid_from, f.cutover, o.opened_on) as valid_from,
    p.valid_to
from core.commitment_item as i
inner join ledger.job_policy as p on p.company_id = i.company_id and p.job = i.job
left join ruled as r on r.company_id = i.company_id
left join fitting as f
    on f.company_id = i.company_id and f.commitment = i.commitment and f.item_number = i.item_number
left join ledger.opening_balance as o
    on o.company_id = i.company_id and o.commitment = i.commitment and o.item_number = i.item_number
where
    (r.company_id is null or f.cutover is not null)
    and greatest(p.valid_from, f.cutover, o.opened_on) < p.valid_to;

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
