-- What postings are made from follows what happened, not all entries and links there have ever been: what may change
-- what is due of an entry leaves a mark, the next posting takes the marks it sees and looks at those entries alone.
-- Entries of one statement have numbers in a row, so a mark is a run of them; that others lie between costs a look at
-- them and nothing else. Marks are rows of their own and no set: one that is committed while another is taken is never
-- lost with it. What the policies want of entries posted before changes with the policies of their line alone: those
-- that the last posting met are kept beside.
create table outbox.touched_entry (
    touch_id bigint generated always as identity,
    company_id text not null,
    first_entry_id bigint not null,
    last_entry_id bigint not null,
    touched_at timestamptz not null default now(),
    primary key (company_id, touch_id),
    check (first_entry_id <= last_entry_id)
);
comment on table outbox.touched_entry
is 'Runs of value entries that may not be on lines as the policies want them; taken by the next posting; key: '
'company_id, touch_id';
comment on column outbox.touched_entry.touch_id is 'Number of the mark; an entry may have several';
comment on column outbox.touched_entry.company_id is 'The company: one Sage data folder';
comment on column outbox.touched_entry.first_entry_id is 'First value entry of the run';
comment on column outbox.touched_entry.last_entry_id is 'Last value entry of the run';
comment on column outbox.touched_entry.touched_at is 'When it was touched';
call core.protect_rows('outbox.touched_entry');
grant delete on outbox.touched_entry to pipeline;

create table outbox.posted_policy (
    company_id text not null,
    commitment text not null,
    item_number integer not null,
    valid_from date not null,
    valid_to date not null,
    first_from date not null,
    policy text not null,
    policy_before text not null,
    primary key (company_id, commitment, item_number, valid_from)
);
comment on table outbox.posted_policy
is 'The policies by which the last posting was made, as ledger.line_policy had them; key: company_id, commitment, '
'item_number, valid_from';
comment on column outbox.posted_policy.company_id is 'The company: one Sage data folder';
comment on column outbox.posted_policy.commitment is 'Commitment (purchase order) number';
comment on column outbox.posted_policy.item_number is 'Item number within the commitment';
comment on column outbox.posted_policy.valid_from is 'First day of the policy';
comment on column outbox.posted_policy.valid_to is 'First day after the policy';
comment on column outbox.posted_policy.first_from is 'First day on which the line is managed';
comment on column outbox.posted_policy.policy is 'Policy: installation, receipt or invoice';
comment on column outbox.posted_policy.policy_before is 'Policy that held until valid_from; empty in the first spell';
call core.protect_rows('outbox.posted_policy');
grant delete on outbox.posted_policy to pipeline;

create function outbox.touch_new_entries() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into outbox.touched_entry (company_id, first_entry_id, last_entry_id)
    select
        n.company_id,
        min(n.entry_id) as first_entry_id,
        max(n.entry_id) as last_entry_id
    from new_rows as n
    where n.measure in ('installed', 'wasted')
    group by n.company_id;
    return null;
end
$$;
comment on function outbox.touch_new_entries is 'Has the next posting look at entries of consumption that are new';
create trigger touch_entries after insert on ledger.value_entry
referencing new table as new_rows
for each statement execute function outbox.touch_new_entries();

-- No program of ours takes an entry off its line; whoever does has it looked at again.
create function outbox.touch_freed_entries() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'TRUNCATE' then
        insert into outbox.touched_entry (company_id, first_entry_id, last_entry_id)
        select
            e.company_id,
            min(e.entry_id) as first_entry_id,
            max(e.entry_id) as last_entry_id
        from ledger.value_entry as e
        group by e.company_id;
    else
        insert into outbox.touched_entry (company_id, first_entry_id, last_entry_id)
        select distinct
            e.company_id,
            e.entry_id as first_entry_id,
            e.entry_id as last_entry_id
        from old_rows as o
        inner join ledger.value_entry as e on e.entry_id = o.entry_id;
    end if;
    return null;
end
$$;
comment on function outbox.touch_freed_entries is 'Has the next posting look at entries that were taken off their line';
create trigger touch_deleted after delete on outbox.posting_entry
referencing old table as old_rows
for each statement execute function outbox.touch_freed_entries();
create trigger touch_updated after update on outbox.posting_entry
referencing old table as old_rows
for each statement execute function outbox.touch_freed_entries();
create trigger touch_truncated after truncate on outbox.posting_entry
for each statement execute function outbox.touch_freed_entries();

-- Warehouses that stand are looked at whole once.
insert into outbox.touched_entry (company_id, first_entry_id, last_entry_id)
select
    e.company_id,
    min(e.entry_id) as first_entry_id,
    max(e.entry_id) as last_entry_id
from ledger.value_entry as e
where e.measure in ('installed', 'wasted')
group by e.company_id;

-- Each posting asks for what transfers moved, which is little: no need to read all entries for it.
create index value_entry_transferred on ledger.value_entry (company_id) where measure = 'transferred';
