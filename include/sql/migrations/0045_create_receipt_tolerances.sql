-- How much more than ordered may be received and confirmed: by line, else vendor, else company, else the profile; and
-- the decisions that let a held receipt through all the same.
create table core.receipt_tolerance (
    company_id text not null references core.company,
    commitment text not null default '',
    item_number integer not null default 0,
    vendor text not null default '',
    kind text not null check (kind in ('percent', 'units')),
    tolerance numeric(18, 4) not null check (tolerance >= 0),
    approved_by text not null check (approved_by <> ''),
    primary key (company_id, commitment, item_number, vendor),
    check (commitment = '' or vendor = ''),
    check ((commitment = '') = (item_number = 0))
);
comment on table core.receipt_tolerance
is 'How much more than ordered is tolerated; key: company_id, commitment, item_number, vendor';
comment on column core.receipt_tolerance.company_id is 'The company: one Sage data folder';
comment on column core.receipt_tolerance.commitment is 'Commitment of the line it is for; empty = every one';
comment on column core.receipt_tolerance.item_number is 'Item number of the line it is for; 0 = every one';
comment on column core.receipt_tolerance.vendor is 'Vendor it is for, where it is for no line; empty = every one';
comment on column core.receipt_tolerance.kind
is 'percent of the units ordered, or units; 0 of either tolerates nothing';
comment on column core.receipt_tolerance.tolerance is 'How many percent or units';
comment on column core.receipt_tolerance.approved_by is 'Who approved it';
grant insert, update, delete on core.receipt_tolerance to finance;

create function core.units_tolerated(units numeric, kind text, tolerance numeric) returns numeric
language sql immutable parallel safe
return units + case kind when 'percent' then units * tolerance / 100 else tolerance end;
comment on function core.units_tolerated is 'Units ordered and tolerated, exactly';

create table outbox.receipt_decision (
    company_id text not null references core.company,
    event_id text not null,
    decided_by text not null check (decided_by <> ''),
    reason text not null check (reason <> ''),
    decided_at timestamptz not null default now(),
    primary key (company_id, event_id)
);
comment on table outbox.receipt_decision
is 'Receipts above what is tolerated that are confirmed all the same; append-only; key: company_id, event_id';
comment on column outbox.receipt_decision.company_id is 'The company: one Sage data folder';
comment on column outbox.receipt_decision.event_id is 'The received event';
comment on column outbox.receipt_decision.decided_by is 'Who decided it';
comment on column outbox.receipt_decision.reason is 'Why, in words';
comment on column outbox.receipt_decision.decided_at is 'When';
revoke update, delete, truncate on outbox.receipt_decision from pipeline;
grant insert on outbox.receipt_decision to finance;
create trigger append_only before update or delete or truncate on outbox.receipt_decision
for each statement execute function audit.refuse_change();
alter table outbox.receipt_decision enable always trigger append_only;
