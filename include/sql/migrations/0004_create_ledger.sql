-- Material events and what follows from them. Quantities in the commitment item's unit, amounts in company currency.
create table ledger.event_inbox (
    inbox_id bigint generated always as identity primary key,
    company_id text not null,
    event_id text not null,
    document jsonb not null,
    inserted_at timestamptz not null default clock_timestamp(),
    taken_at timestamptz
);
create index event_inbox_waiting on ledger.event_inbox (inbox_id) where taken_at is null;

-- close_count: how many period closes of ours were signed before the event became known; the first part of the
-- canonical order.
create table ledger.material_event (
    company_id text not null references core.company,
    event_id text not null check (event_id <> ''),
    event_type text not null check (event_type in (
        'received', 'rejected', 'returned', 'allocated', 'deallocated', 'transferred', 'installed', 'uninstalled',
        'wasted', 'counted', 'reversed'
    )),
    occurred_at timestamptz not null,
    occurred_text text not null,
    event_date date not null,
    recorded_at timestamptz not null,
    actor text not null,
    device text not null,
    commitment text,
    item_number integer,
    standard_item text,
    location text not null,
    quantity numeric(18, 4) not null,
    unit text not null,
    job text,
    extra text,
    cost_code text,
    category text,
    receipt_event_id text,
    reverses_event_id text,
    reason text,
    disposition text,
    to_job text,
    to_location text,
    evidence_hash text,
    document jsonb not null,
    leaf_hash bytea not null check (length(leaf_hash) = 32),
    batch bigint not null references audit.chain_head deferrable initially deferred,
    batch_position integer not null,
    close_count integer not null,
    transfer_id bigint,
    landed_at timestamptz not null default now(),
    primary key (company_id, event_id)
);
create index on ledger.material_event (company_id, commitment, item_number);
create index on ledger.material_event (company_id, receipt_event_id) where receipt_event_id is not null;
create unique index on ledger.material_event (batch, batch_position);

-- Derived: what each event does, the line and codes it counts on, or the rule that makes it wait (domain 3).
-- effect: receipt, cut / add (a layer's units down / up), allocate, deallocate, consume, give_back; null while what it
-- names is unknown.
-- rank: place at one instant: 1 receipts, 2 rejections / returns / reversals, 3 allocations, 4 consumption (change
-- orders are 0).
create table ledger.event_tag (
    company_id text not null,
    event_id text not null,
    status text not null check (status in ('tagged', 'waiting')),
    rule text,
    effect text check (effect in ('receipt', 'cut', 'add', 'allocate', 'deallocate', 'consume', 'give_back')),
    rank smallint not null,
    commitment text,
    item_number integer,
    layer_event_id text,
    owner_event_id text,
    source text check (source in ('event', 'allocation', 'commitment_item', 'mapping')),
    job text,
    extra text,
    cost_code text,
    category text,
    units numeric(18, 4),
    tagged_at timestamptz not null default now(),
    primary key (company_id, event_id),
    check ((status = 'waiting') = (rule is not null))
);
create index on ledger.event_tag (company_id, commitment, item_number);
create index event_tag_waiting on ledger.event_tag (company_id, event_id) where status = 'waiting';

-- Append-only. Entry = canonical value - value recorded so far, per event, cause, measure and codes (domain 4).
-- measure: received (net accepted), allocated, installed (less uninstalled), wasted; the cause dates the entry.
create table ledger.value_entry (
    entry_id bigint generated always as identity primary key,
    company_id text not null,
    event_id text not null,
    cause_kind text not null check (cause_kind in ('event', 'change_order')),
    cause_id text not null,
    measure text not null check (measure in ('received', 'allocated', 'installed', 'wasted', 'transferred', 'counted')),
    commitment text not null,
    item_number integer not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    entry_date date not null,
    units numeric(18, 4) not null,
    amount numeric(14, 2) not null,
    valuation_id bigint not null,
    recorded_at timestamptz not null default now(),
    check (units <> 0 or amount <> 0)
);
create index on ledger.value_entry (company_id, commitment, item_number);
create index on ledger.value_entry (company_id, event_id);

create table ledger.valuation (
    valuation_id bigint generated always as identity primary key,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    line_count bigint,
    event_count bigint,
    entry_count bigint
);

-- Lines whose value must be computed again; filled by whatever touches them, emptied by the valuation.
create table ledger.touched_line (
    company_id text not null,
    commitment text not null,
    item_number integer not null,
    touched_at timestamptz not null default now(),
    primary key (company_id, commitment, item_number)
);

-- Our signed close of a period; close_count of a record = number of closes signed before it was known.
create table ledger.period_close (
    company_id text not null,
    period text not null,
    version_no integer not null default 1,
    close_no integer not null,
    sign_off_hash text not null,
    signed_by text not null,
    signed_at timestamptz not null default now(),
    lapsed_at timestamptz,
    primary key (company_id, period, version_no)
);

-- numerator / denominator rounded to cents, half away from zero, exactly (no intermediate division is rounded);
-- denominator > 0.
create function ledger.round_fraction(numerator numeric, denominator numeric) returns numeric
language sql immutable parallel safe
return sign(numerator) * div(abs(numerator) * 200 + denominator, denominator * 2) * 0.01;

-- What `consumed` of `units` of a layer worth `amount` is worth; a layer fully consumed leaves nothing.
create function ledger.layer_share(amount numeric, units numeric, consumed numeric) returns numeric
language sql immutable parallel safe
return case when units > 0 then ledger.round_fraction(amount * least(consumed, units), units) else 0 end;

-- Why events wait: who owns the cure, the sentence for people (format of type, quantity, unit, commitment or item, item
-- number, job, cost code), the remedy.
create table ledger.waiting_rule (
    rule text primary key,
    reason text not null,
    remedy text not null,
    owner text not null
);
insert into ledger.waiting_rule (rule, owner, reason, remedy) values
(
    'new', 'data engineering',
    '%1$s of %2$s %3$s has not been looked at yet',
    'run runblu_to_core__material_events'
),
(
    'untagged', 'project controls',
    '%1$s of %2$s %3$s of %4$s carries no job and cost code and nothing gives it one',
    'name commitment and item, allocate its receipt, or map the material class to a cost code, then replay'
),
(
    'commitment_unknown', 'purchasing',
    '%1$s of %2$s %3$s names commitment %4$s item %5$s, which Sage does not have',
    'correct the reference in RunBlu or enter the commitment in Sage, then replay'
),
(
    'receipt_unknown', 'RunBlu',
    '%1$s of %2$s %3$s names an event that never arrived',
    'send the missing event again'
),
(
    'receipt_waits', 'project controls',
    '%1$s of %2$s %3$s names an event that waits itself',
    'cure the event it names first'
),
(
    'names_wrong_event', 'RunBlu',
    '%1$s of %2$s %3$s names an event of a type it cannot refer to',
    'reverse it in RunBlu and record it again with the receipt it draws from'
),
(
    'reversal_not_possible', 'RunBlu',
    '%1$s of %2$s %3$s reverses a reversal or an event that cannot be reversed',
    'record the movement again as a new event'
),
(
    'event_type_not_open', 'data engineering',
    '%1$s of %2$s %3$s is not valued by this release',
    'keep it; it is valued when transfers and stock counts are switched on'
),
(
    'unit_without_factor', 'purchasing',
    '%1$s is in %3$s, commitment %4$s item %5$s is in another unit and the catalog has no factor',
    'add the conversion to the catalog or correct the unit, then replay'
),
(
    'lump_sum_without_quantity', 'project controls',
    '%1$s of %2$s %3$s is on lump-sum commitment %4$s item %5$s, which has no expected quantity',
    'approve an expected quantity for the line, then replay'
),
(
    'job_unknown', 'project controls',
    '%1$s names job %6$s, which Sage does not have',
    'correct the job in RunBlu or open it in Sage, then replay'
),
(
    'job_not_in_progress', 'project controls',
    '%1$s of %2$s %3$s is on job %6$s, which is not In progress or is on hold',
    'reopen the job in Sage or move the event to another job, then replay'
),
(
    'cost_code_unknown', 'project controls',
    '%1$s of %2$s %3$s is on cost code %7$s, which job %6$s does not have',
    'add the cost code and category to the job in Sage or correct the event, then replay'
),
(
    'cost_code_not_in_progress', 'project controls',
    '%1$s of %2$s %3$s is on cost code %7$s of job %6$s, which is not In progress',
    'set the cost code In progress in Sage, then replay'
),
(
    'group_cost_code', 'project controls',
    '%1$s of %2$s %3$s is on cost code %7$s of job %6$s, a group code that takes no cost',
    'use a cost code below the group'
),
(
    'over_consumed', 'site',
    '%1$s of %2$s %3$s is more than commitment %4$s item %5$s has on hand',
    'record the missing receipt or correct the quantity; it is valued as soon as stock allows'
),
(
    'over_allocated', 'site',
    '%1$s of %2$s %3$s is more than commitment %4$s item %5$s has unallocated',
    'deallocate elsewhere or correct the quantity'
),
(
    'layer_too_small', 'site',
    '%1$s of %2$s %3$s would leave a receipt of commitment %4$s item %5$s below what is installed from it',
    'reverse the installation first or correct the quantity'
),
(
    'more_than_was_drawn', 'site',
    '%1$s of %2$s %3$s gives back more than was taken from commitment %4$s item %5$s',
    'correct the quantity'
);

-- An insert into the inbox wakes the listener; one notice per statement, the rows themselves are read from the table.
create function ledger.notify_inbox() returns trigger
language plpgsql as $$
begin
    notify ledger_event_inbox;
    return null;
end
$$;

create trigger notify_inbox after insert on ledger.event_inbox
for each statement execute function ledger.notify_inbox();

-- Whether cost may go onto a code now: one row per job, extra, cost code and category; rule null = it may.
create view ledger.code_status as
select
    a.company_id,
    a.job,
    a.extra,
    a.cost_code,
    a.category,
    case
        when j.status <> 'In progress' or j.is_on_hold then 'job_not_in_progress'
        when c.is_group then 'group_cost_code'
        when c.status <> 'In progress' or a.status <> 'In progress' then 'cost_code_not_in_progress'
    end as rule
from core.category as a
inner join core.cost_code as c
    on c.company_id = a.company_id and c.job = a.job and c.extra = a.extra and c.cost_code = a.cost_code
inner join core.job as j on j.company_id = a.company_id and j.job = a.job;
