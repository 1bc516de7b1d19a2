-- What confirmations are compared for follows what happened, not all receipts there have ever been: whatever may change
-- what an event moves leaves a mark, the making of confirmations takes the marks it sees and compares those events.
-- Marks are rows of their own and no set: one that is committed while another is taken is never lost with it.
create table outbox.touched_receipt (
    touch_id bigint generated always as identity,
    company_id text not null,
    event_id text not null,
    touched_at timestamptz not null default now(),
    primary key (company_id, touch_id)
);
comment on table outbox.touched_receipt
is 'Events that may move something else than Sage''s side was told; taken by the next confirmations; key: '
'company_id, touch_id';
comment on column outbox.touched_receipt.touch_id is 'Number of the mark; an event may have several';
comment on column outbox.touched_receipt.company_id is 'The company: one Sage data folder';
comment on column outbox.touched_receipt.event_id is 'Id of the event, made by the field device';
comment on column outbox.touched_receipt.touched_at is 'When it was touched';
call core.protect_rows('outbox.touched_receipt');
grant delete on outbox.touched_receipt to pipeline;

-- A tag says what its event moves, once it waits no longer. Effects that only other types of event have move nothing
-- that is told.
create function outbox.touch_receipts_of_tags() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into outbox.touched_receipt (company_id, event_id)
    select
        n.company_id,
        n.event_id
    from new_rows as n
    where n.effect is null or n.effect in ('receipt', 'cut', 'add');
    return null;
end
$$;
comment on function outbox.touch_receipts_of_tags is 'Has the confirmations of events compared whose tags changed';
create trigger touch_receipts after update on ledger.event_tag
referencing new table as new_rows
for each statement execute function outbox.touch_receipts_of_tags();

-- What names no PO line moves what its entries say.
create function outbox.touch_receipts_of_entries() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into outbox.touched_receipt (company_id, event_id)
    select distinct
        n.company_id,
        n.event_id
    from new_rows as n
    where n.measure = 'received' and n.units <> 0;
    return null;
end
$$;
comment on function outbox.touch_receipts_of_entries
is 'Has the confirmations of events compared whose entries changed';
create trigger touch_receipts after insert on ledger.value_entry
referencing new table as new_rows
for each statement execute function outbox.touch_receipts_of_entries();

-- Of a line that is opened, what happened before is not told.
create function outbox.touch_receipts_of_openings() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into outbox.touched_receipt (company_id, event_id)
    select
        t.company_id,
        t.event_id
    from new_rows as n
    inner join ledger.event_tag as t
        on t.company_id = n.company_id and t.commitment = n.commitment and t.item_number = n.item_number
    union
    select
        v.company_id,
        v.event_id
    from new_rows as n
    inner join ledger.value_entry as v
        on v.company_id = n.company_id and v.commitment = n.commitment and v.item_number = n.item_number
    where v.measure = 'received';
    return null;
end
$$;
comment on function outbox.touch_receipts_of_openings is 'Has the confirmations compared of a line that is opened';
create trigger touch_receipts after insert on ledger.opening_balance
referencing new table as new_rows
for each statement execute function outbox.touch_receipts_of_openings();

-- Warehouses that stand are compared whole once.
insert into outbox.touched_receipt (company_id, event_id)
select
    t.company_id,
    t.event_id
from ledger.event_tag as t
where t.effect is null or t.effect in ('receipt', 'cut', 'add')
union
select
    r.company_id,
    r.event_id
from outbox.receiving_confirmation as r;
