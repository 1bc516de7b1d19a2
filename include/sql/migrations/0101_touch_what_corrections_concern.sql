-- A correction of a conversion, a spelling, an item or a mapping has the lines valued again that it concerns, and only
-- those.

-- The item of every event that names no PO line: its own, or that of the event it names, however many steps back; one
-- row per event.
create view ledger.unplaced_event with (security_invoker = true) as
with recursive found as (
    select
        t.company_id,
        t.event_id,
        t.effect,
        t.status,
        e.standard_item,
        false as is_named
    from ledger.event_tag as t
    inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
    where
        t.commitment is null and t.effect is not null
        and t.owner_event_id is null and t.layer_event_id is null and e.standard_item is not null
    union all
    select
        t.company_id,
        t.event_id,
        t.effect,
        t.status,
        f.standard_item,
        true as is_named
    from found as f
    inner join ledger.event_tag as t
        on t.company_id = f.company_id and coalesce(t.owner_event_id, t.layer_event_id) = f.event_id
    where t.commitment is null and t.effect is not null
)

select
    f.company_id,
    f.event_id,
    f.effect,
    f.status,
    f.standard_item,
    f.is_named
from found as f;
comment on view ledger.unplaced_event is 'Events that name no PO line, with their item; key: company_id, event_id';
comment on column ledger.unplaced_event.company_id is 'The company: one Sage data folder';
comment on column ledger.unplaced_event.event_id is 'Id of the event, made by the field device';
comment on column ledger.unplaced_event.effect is 'What the event does to its layer';
comment on column ledger.unplaced_event.status is 'tagged or waiting';
comment on column ledger.unplaced_event.standard_item
is 'Standard item: that of the event, or of the event it names';
comment on column ledger.unplaced_event.is_named is 'It names another event, whose item it has';

-- Every event with the lines it concerns: the one it is on; all of its item where it names none.
create view ledger.event_line with (security_invoker = true) as
select
    t.company_id,
    t.event_id,
    t.commitment,
    t.item_number,
    null::text as unplaced_item
from ledger.event_tag as t
where t.commitment is not null
union all
select
    u.company_id,
    u.event_id,
    l.commitment,
    l.item_number,
    u.standard_item as unplaced_item
from ledger.unplaced_event as u
inner join core.commitment_item as l on l.company_id = u.company_id and l.standard_item = u.standard_item;
comment on view ledger.event_line
is 'Events and the PO lines they concern; key: company_id, event_id, commitment, item_number';
comment on column ledger.event_line.company_id is 'The company: one Sage data folder';
comment on column ledger.event_line.event_id is 'Id of the event, made by the field device';
comment on column ledger.event_line.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.event_line.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.event_line.unplaced_item is 'Item of an event that names no PO line; else null';

-- Lines with events in another unit than their own: what is converted, and for which day.
create view ledger.converted_line with (security_invoker = true) as
select distinct
    x.company_id,
    x.commitment,
    x.item_number,
    coalesce(e.standard_item, x.unplaced_item, l.standard_item, '') as standard_item,
    e.unit as event_unit,
    l.unit as line_unit,
    -- What is undone is undone at the factor it was done at.
    coalesce(undone.event_date, e.event_date) as unit_date
from ledger.event_line as x
inner join ledger.material_event as e on e.company_id = x.company_id and e.event_id = x.event_id
inner join core.commitment_item as l
    on l.company_id = x.company_id and l.commitment = x.commitment and l.item_number = x.item_number
left join ledger.material_event as undone
    on
        e.event_type = 'reversed'
        and undone.company_id = e.company_id and undone.event_id = e.reverses_event_id
where e.unit <> '' and upper(e.unit) <> upper(btrim(l.unit));
comment on view ledger.converted_line
is 'Units of events that differ from those of their PO line; key: company_id, commitment, item_number, event_unit, '
'unit_date, standard_item';
comment on column ledger.converted_line.company_id is 'The company: one Sage data folder';
comment on column ledger.converted_line.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.converted_line.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.converted_line.standard_item is 'Standard item whose factors count; empty = none';
comment on column ledger.converted_line.event_unit is 'Unit as the event writes it';
comment on column ledger.converted_line.line_unit is 'Unit as the line writes it';
comment on column ledger.converted_line.unit_date is 'Day whose factors count';

-- What a change of catalog factors concerns: events of the item on its days, in a unit that leads to that of their line
-- over the dimensions of the factor.
create function ledger.touch_lines_of_conversions(changed core.unit_conversion[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with recursive leg as (
        select
            c.company_id,
            f.dimension as from_dimension,
            t.dimension as to_dimension
        from (
            select
                c.company_id,
                c.from_unit,
                c.to_unit
            from core.unit_conversion as c
            union
            select
                c.company_id,
                c.from_unit,
                c.to_unit
            from unnest(changed) as c
        ) as c
        inner join core.unit as f on f.unit = c.from_unit
        inner join core.unit as t on t.unit = c.to_unit
    ),

    -- Dimensions that a way may lead to through a changed factor.
    reached as (
        select
            c.company_id,
            c.standard_item,
            c.effective_from,
            coalesce(c.effective_to, 'infinity') as effective_to,
            u.dimension
        from unnest(changed) as c
        inner join core.unit as u on u.unit in (c.from_unit, c.to_unit)
        union
        select
            r.company_id,
            r.standard_item,
            r.effective_from,
            r.effective_to,
            case r.dimension when g.from_dimension then g.to_dimension else g.from_dimension end as dimension
        from reached as r
        inner join leg as g
            on g.company_id = r.company_id and r.dimension in (g.from_dimension, g.to_dimension)
    )

    insert into ledger.touched_line (company_id, commitment, item_number)
    select distinct
        o.company_id,
        o.commitment,
        o.item_number
    from ledger.converted_line as o
    inner join core.unit as f on f.unit = core.unit_of(o.company_id, o.event_unit)
    inner join core.unit as t on t.unit = core.unit_of(o.company_id, o.line_unit) and t.dimension <> f.dimension
    inner join reached as r
        on
            r.company_id = o.company_id and r.standard_item in ('', o.standard_item)
            and o.unit_date between r.effective_from and r.effective_to and r.dimension = f.dimension
    inner join reached as s
        on
            s.company_id = r.company_id and s.standard_item = r.standard_item
            and s.effective_from = r.effective_from and s.effective_to = r.effective_to and s.dimension = t.dimension
    on conflict do nothing
$$;
comment on function ledger.touch_lines_of_conversions
is 'Has the lines valued again whose events are converted by factors that changed';

create function ledger.touch_converted_lines() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    changed core.unit_conversion[];
begin
    if tg_op = 'INSERT' then
        select array_agg(n) into changed from new_rows as n;
    elsif tg_op = 'DELETE' then
        select array_agg(o) into changed from old_rows as o;
    else
        select array_agg(d.kept) into changed
        from (
            (select n as kept from new_rows as n except select o from old_rows as o)
            union all
            (select o from old_rows as o except select n from new_rows as n)
        ) as d;
    end if;
    if changed is not null then
        perform ledger.touch_lines_of_conversions(changed);
    end if;
    return null;
end
$$;
comment on function ledger.touch_converted_lines is 'Values lines anew whose events a changed factor converts';
create trigger touch_lines_added after insert on core.unit_conversion
referencing new table as new_rows
for each statement execute function ledger.touch_converted_lines();
create trigger touch_lines_changed after update on core.unit_conversion
referencing old table as old_rows new table as new_rows
for each statement execute function ledger.touch_converted_lines();
create trigger touch_lines_removed after delete on core.unit_conversion
referencing old table as old_rows
for each statement execute function ledger.touch_converted_lines();

-- What a change of a spelling concerns: lines with an event in another unit, where event or line is spelled so.
create function ledger.touch_spelled_lines() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    changed core.unit_spelling[];
begin
    if tg_op = 'INSERT' then
        select array_agg(n) into changed from new_rows as n;
    elsif tg_op = 'DELETE' then
        select array_agg(o) into changed from old_rows as o;
    else
        select array_agg(d.kept) into changed
        from (
            (select n as kept from new_rows as n except select o from old_rows as o)
            union all
            (select o from old_rows as o except select n from new_rows as n)
        ) as d;
    end if;
    insert into ledger.touched_line (company_id, commitment, item_number)
    select distinct
        o.company_id,
        o.commitment,
        o.item_number
    from unnest(changed) as s
    inner join ledger.converted_line as o
        on
            s.company_id in ('', o.company_id)
            and s.spelling in (core.unit_key(o.event_unit), core.unit_key(o.line_unit))
    on conflict do nothing;
    return null;
end
$$;
comment on function ledger.touch_spelled_lines is 'Values lines anew whose unit, or that of an event, is spelled so';
create trigger touch_lines_added after insert on core.unit_spelling
referencing new table as new_rows
for each statement execute function ledger.touch_spelled_lines();
create trigger touch_lines_changed after update on core.unit_spelling
referencing old table as old_rows new table as new_rows
for each statement execute function ledger.touch_spelled_lines();
create trigger touch_lines_removed after delete on core.unit_spelling
referencing old table as old_rows
for each statement execute function ledger.touch_spelled_lines();

-- Lines with events whose codes a mapping gives or could give, and the job and day it is asked for: an event that says
-- no codes of its own, on a line without codes or one whose codes contradict what the event says; a transfer to a job.
create view ledger.mappable_line with (security_invoker = true) as
select distinct
    x.company_id,
    x.commitment,
    x.item_number,
    coalesce(e.standard_item, x.unplaced_item, l.standard_item) as standard_item,
    case e.event_type when 'transferred' then e.to_job else coalesce(e.job, l.job) end as job,
    e.event_date
from ledger.event_line as x
inner join ledger.material_event as e on e.company_id = x.company_id and e.event_id = x.event_id
inner join core.commitment_item as l
    on l.company_id = x.company_id and l.commitment = x.commitment and l.item_number = x.item_number
where
    case
        when e.event_type = 'transferred'
            then e.to_job is not null and nullif(btrim(e.document ->> 'to_cost_code'), '') is null
        else
            (e.job is null or e.cost_code is null)
            and (l.cost_code = '' or l.job = '' or e.job <> l.job or e.cost_code <> l.cost_code)
    end;
comment on view ledger.mappable_line
is 'PO lines with events whose codes a mapping may give; key: company_id, commitment, item_number, standard_item, job, '
'event_date';
comment on column ledger.mappable_line.company_id is 'The company: one Sage data folder';
comment on column ledger.mappable_line.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.mappable_line.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.mappable_line.standard_item is 'Material: standard item of the catalog';
comment on column ledger.mappable_line.job is 'Job whose mapping is asked for: of the event, else of the PO line';
comment on column ledger.mappable_line.event_date is 'Day whose mapping is asked for';

-- A material of another class is mapped by that.
create function ledger.touch_lines_of_items() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into ledger.touched_line (company_id, commitment, item_number)
    select distinct
        m.company_id,
        m.commitment,
        m.item_number
    from new_rows as n
    inner join old_rows as o
        on
            o.company_id = n.company_id and o.standard_item = n.standard_item
            and o.material_class <> n.material_class
    inner join ledger.mappable_line as m on m.company_id = n.company_id and m.standard_item = n.standard_item
    on conflict do nothing;
    return null;
end
$$;
comment on function ledger.touch_lines_of_items is 'Values lines anew whose material changed its class';
create trigger touch_lines_changed after update on core.item
referencing old table as old_rows new table as new_rows
for each statement execute function ledger.touch_lines_of_items();
