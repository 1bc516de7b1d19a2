-- How much waste is normal for a material, and the waste of every job beside it: what is above is shown apart.
create table core.waste_allowance (
    company_id text not null references core.company,
    material_class text not null,
    standard_item text not null default '',
    effective_from date not null,
    effective_to date check (effective_to >= effective_from),
    allowance_pct numeric(7, 4) not null check (allowance_pct >= 0),
    approved_by text not null check (approved_by <> ''),
    primary key (company_id, material_class, standard_item, effective_from),
    check (material_class <> '' or standard_item <> '')
);
comment on table core.waste_allowance
is 'Normal waste of a material in percent of what is installed; key: company_id, material_class, standard_item, '
'effective_from';
comment on column core.waste_allowance.company_id is 'The company: one Sage data folder';
comment on column core.waste_allowance.material_class is 'Material class; empty where the row is for one item';
comment on column core.waste_allowance.standard_item is 'Standard item, which goes before its class; empty = the class';
comment on column core.waste_allowance.effective_from is 'First day it holds';
comment on column core.waste_allowance.effective_to is 'Last day it holds; null = no end';
comment on column core.waste_allowance.allowance_pct is 'Percent of the installed units; 5 means 5 %';
comment on column core.waste_allowance.approved_by is 'Who approved it';
grant insert, update on core.waste_allowance to finance;

-- Waste of a company to the end of a day, by codes and material; one row per key with waste or a stock-take difference.
-- Runs with its owner's rights, because analysts read mart only.
create function mart.waste_at(company_id text, as_of date)
returns table (
    company text,
    job text,
    extra text,
    cost_code text,
    category text,
    standard_item text,
    item_name text,
    unit text,
    units_installed numeric,
    units_wasted numeric,
    amount_wasted numeric,
    units_allowed numeric,
    units_excess numeric,
    amount_excess numeric,
    units_count_loss numeric,
    amount_count_loss numeric
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with consumed as (
        select
            v.job,
            v.extra,
            v.cost_code,
            v.category,
            coalesce(i.standard_item, '') as standard_item,
            i.unit,
            v.entry_date,
            case
                when v.measure = 'installed' then 'installed'
                when coalesce(u.event_type, e.event_type) = 'counted' then 'counted'
                else 'wasted'
            end as kind,
            sum(v.units) as units,
            sum(v.amount) as amount
        from ledger.value_entry as v
        inner join ledger.material_event as e on e.company_id = v.company_id and e.event_id = v.event_id
        left join ledger.material_event as u
            on e.event_type = 'reversed' and u.company_id = e.company_id and u.event_id = e.reverses_event_id
        inner join core.commitment_item as i
            on i.company_id = v.company_id and i.commitment = v.commitment and i.item_number = v.item_number
        where v.company_id = $1 and v.entry_date <= $2 and v.measure in ('installed', 'wasted')
        group by 1, 2, 3, 4, 5, 6, 7, 8
    ),

    -- What is normal is that of the day on which the material was built in.
    allowed as (
        select
            c.*,
            case when c.kind = 'installed' then c.units * coalesce(a.allowance_pct, 0) / 100 else 0 end as units_allowed
        from consumed as c
        left join core.item as m on m.company_id = $1 and m.standard_item = c.standard_item
        left join lateral (
            select w.allowance_pct
            from core.waste_allowance as w
            where
                w.company_id = $1
                and (
                    w.standard_item = c.standard_item
                    or (w.standard_item = '' and w.material_class = m.material_class)
                )
                and c.entry_date between w.effective_from and coalesce(w.effective_to, 'infinity')
            order by w.standard_item desc, w.effective_from desc
            limit 1
        ) as a on true
    ),

    summed as (
        select
            a.job,
            a.extra,
            a.cost_code,
            a.category,
            a.standard_item,
            a.unit,
            coalesce(sum(a.units) filter (where a.kind = 'installed'), 0) as installed,
            coalesce(sum(a.units) filter (where a.kind = 'wasted'), 0) as wasted,
            coalesce(sum(a.amount) filter (where a.kind = 'wasted'), 0) as amount_wasted,
            coalesce(sum(a.units) filter (where a.kind = 'counted'), 0) as counted,
            coalesce(sum(a.amount) filter (where a.kind = 'counted'), 0) as amount_counted,
            sum(a.units_allowed) as allowed
        from allowed as a
        group by a.job, a.extra, a.cost_code, a.category, a.standard_item, a.unit
    )

    select
        $1,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.standard_item,
        m.description,
        s.unit,
        s.installed::numeric(18, 4),
        s.wasted::numeric(18, 4),
        s.amount_wasted::numeric(14, 2),
        s.allowed::numeric(18, 4),
        greatest(s.wasted - s.allowed, 0)::numeric(18, 4),
        case
            when s.wasted > 0
                then ledger.round_fraction(s.amount_wasted * greatest(s.wasted - s.allowed, 0), s.wasted)
            else 0
        end::numeric(14, 2),
        s.counted::numeric(18, 4),
        s.amount_counted::numeric(14, 2)
    from summed as s
    left join core.item as m on m.company_id = $1 and m.standard_item = s.standard_item
    where s.wasted <> 0 or s.counted <> 0 or s.amount_wasted <> 0 or s.amount_counted <> 0
$$;
comment on function mart.waste_at
is 'Waste to the end of a day by codes and material, beside what is normal; what is above it is the excess. What '
'stock-takes found missing stands apart';
revoke execute on function mart.waste_at from public;
grant execute on function mart.waste_at to pipeline, finance, oncall, analyst, auditor;

create view mart.waste as
select
    p.company as company_id,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    p.standard_item,
    p.item_name,
    p.unit,
    p.units_installed::numeric(18, 4) as units_installed,
    p.units_wasted::numeric(18, 4) as units_wasted,
    p.amount_wasted::numeric(14, 2) as amount_wasted,
    p.units_allowed::numeric(18, 4) as units_allowed,
    p.units_excess::numeric(18, 4) as units_excess,
    p.amount_excess::numeric(14, 2) as amount_excess,
    p.units_count_loss::numeric(18, 4) as units_count_loss,
    p.amount_count_loss::numeric(14, 2) as amount_count_loss
from core.company as y
cross join lateral mart.waste_at(y.company_id, date 'infinity') as p;
comment on view mart.waste
is 'Waste to date by codes and material, beside what is normal; key: company_id, job, extra, cost_code, category, '
'standard_item, unit';
comment on column mart.waste.company_id is 'The company: one Sage data folder';
comment on column mart.waste.job is 'Job the waste is cost of';
comment on column mart.waste.extra is 'Extra of the job; empty = its base';
comment on column mart.waste.cost_code is 'Cost code the waste is cost of';
comment on column mart.waste.category is 'Category the waste is cost of';
comment on column mart.waste.standard_item is 'Standard item of the PO line; empty where the line has none';
comment on column mart.waste.item_name is 'Description of the standard item';
comment on column mart.waste.unit is 'Unit of the quantities: that of the PO line';
comment on column mart.waste.units_installed is 'Installed less uninstalled';
comment on column mart.waste.units_wasted is 'Wasted, without what stock-takes found missing';
comment on column mart.waste.amount_wasted is 'What the wasted units are worth';
comment on column mart.waste.units_allowed is 'Normal waste: installed units x the allowance of their day';
comment on column mart.waste.units_excess is 'Wasted above what is normal';
comment on column mart.waste.amount_excess is 'The excess share of what the wasted units are worth';
comment on column mart.waste.units_count_loss is 'Found missing by approved stock-takes, less what was found again';
comment on column mart.waste.amount_count_loss is 'What the missing units are worth';
