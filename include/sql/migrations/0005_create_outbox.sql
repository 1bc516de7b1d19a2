-- What goes to Sage. Bytes never change after sealing; truth about sending lives here only (protocol 3).
-- One line of cost; natural key = kind, dates, codes, line, AP row; difference_no counts its lines from 1.
create table outbox.cost_posting (
    posting_id bigint generated always as identity primary key,
    company_id text not null,
    posting_reference text not null check (length(posting_reference) = 10),
    reference_salt integer not null default 0,
    kind text not null check (kind in (
        'consumption', 'invoice_offset', 'price_variance', 'accrual', 'accrual_reversal', 'adjustment'
    )),
    transaction_date date not null,
    accounting_date date not null,
    accounting_date_wanted date not null,
    is_late boolean not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    commitment text not null,
    item_number integer,
    source_key text not null default '',
    difference_no integer not null,
    description text not null,
    units numeric(18, 4) not null,
    amount numeric(14, 2) not null check (amount <> 0),
    debit_account text not null,
    credit_account text not null,
    state text not null default 'eligible' check (state in (
        'eligible', 'held', 'sealed', 'sending', 'sent', 'received', 'accepted', 'rejected', 'posted', 'unknown',
        'reversed'
    )),
    is_open boolean not null generated always as (state in ('eligible', 'held', 'rejected')) stored,
    version_no integer not null default 1,
    hold_rule text,
    hold_reason text,
    reject_reason text,
    reject_rule text,
    sage_transaction_id text,
    adjustment_id bigint,
    created_at timestamptz not null default now(),
    sealed_at timestamptz,
    sent_at timestamptz,
    received_at timestamptz,
    accepted_at timestamptz,
    posted_at timestamptz,
    unique (company_id, posting_reference),
    check ((state = 'held') = (hold_rule is not null))
) with (fillfactor = 70);
create unique index cost_posting_natural_key on outbox.cost_posting (
    company_id, kind, transaction_date, job, extra, cost_code, category, commitment, coalesce(item_number, 0),
    source_key, difference_no
);
-- On is_open, not on state: so the steps of a line under way touch no index (heap-only updates, measured 4x faster).
create index cost_posting_open on outbox.cost_posting (company_id) where is_open;
create unique index on outbox.cost_posting (adjustment_id) where adjustment_id is not null;

-- Which value entries a consumption line carries: each entry on one line only, for ever (L2).
create table outbox.posting_entry (
    entry_id bigint primary key references ledger.value_entry,
    posting_id bigint not null references outbox.cost_posting
);
create index on outbox.posting_entry (posting_id);

create table outbox.receiving_confirmation (
    company_id text not null,
    event_id text not null,
    receipt_event_id text not null,
    commitment text not null,
    item_number integer not null,
    receipt_date date not null,
    units numeric(18, 4) not null check (units <> 0),
    unit text not null,
    standard_item text not null,
    vendor text not null,
    job text not null,
    state text not null default 'eligible' check (state in (
        'eligible', 'held', 'sealed', 'sending', 'sent', 'received', 'accepted', 'rejected', 'unknown'
    )),
    hold_rule text,
    hold_reason text,
    reject_reason text,
    version_no integer not null default 1,
    created_at timestamptz not null default now(),
    sealed_at timestamptz,
    sent_at timestamptz,
    received_at timestamptz,
    accepted_at timestamptz,
    primary key (company_id, event_id),
    check ((state = 'held') = (hold_rule is not null))
);
create index on outbox.receiving_confirmation (company_id, state) where state in ('eligible', 'held', 'rejected');
create index on outbox.receiving_confirmation (company_id, commitment, item_number);

create table outbox.file_counter (
    company_id text not null,
    flow text not null,
    environment text not null,
    last_seq bigint not null,
    last_sha256 text not null,
    is_locked boolean not null default false,
    lock_reason text not null default '',
    primary key (company_id, flow, environment)
);

create table outbox.batch (
    batch_id bigint generated always as identity primary key,
    company_id text not null,
    flow text not null check (flow in ('DC', 'RCV', 'ADJ', 'GLJ', 'CMT')),
    environment text not null,
    seq bigint not null,
    rev integer not null default 1,
    file_name text not null unique,
    content bytea not null,
    manifest bytea not null,
    sha256 text not null,
    row_count integer not null,
    amount_debit numeric(14, 2) not null,
    amount_credit numeric(14, 2) not null,
    state text not null check (state in (
        'sealed', 'sending', 'sent', 'received', 'accepted', 'part', 'rejected', 'posted', 'unknown', 'reversed'
    )),
    lease_token uuid,
    lease_until timestamptz,
    evidence jsonb not null default '{}',
    ack bytea,
    result bytea,
    sealed_at timestamptz not null default now(),
    sending_at timestamptz,
    sent_at timestamptz,
    received_at timestamptz,
    answered_at timestamptz,
    posted_at timestamptz,
    unique (company_id, flow, environment, seq, rev)
);
-- One batch of a lane under way until acknowledged; a receiving-confirmation lane is free at sent. A batch whose
-- outcome is unknown stops the lane too, but may stand beside one under way (a late contradiction): the claim looks.
create unique index batch_in_flight_once on outbox.batch (company_id, flow, environment)
where state = 'sending' or (state = 'sent' and flow <> 'RCV');
create index batch_open on outbox.batch (company_id, flow, environment, seq) where state not in ('posted', 'reversed');

create table outbox.batch_line (
    batch_id bigint not null references outbox.batch,
    line_number integer not null,
    company_id text not null,
    reference text not null,
    posting_id bigint references outbox.cost_posting,
    event_id text,
    version_no integer not null,
    amount numeric(14, 2) not null default 0,
    result text check (result in ('ACCEPTED', 'REJECTED')),
    result_code text,
    result_message text,
    primary key (batch_id, line_number)
);
create unique index on outbox.batch_line (posting_id, version_no) where posting_id is not null;
create unique index on outbox.batch_line (company_id, event_id, version_no) where event_id is not null;
create index on outbox.batch_line (company_id, reference);

create table outbox.state_log (
    log_id bigint generated always as identity primary key,
    batch_id bigint not null references outbox.batch,
    state_from text,
    state_to text not null,
    evidence jsonb not null default '{}',
    logged_at timestamptz not null default clock_timestamp()
);
create index on outbox.state_log (batch_id);

-- A line's natural key as one text, parts joined by U+001F; a line without PO line has item number 0.
create function outbox.natural_key(
    company_id text, kind text, transaction_date date, job text, extra text, cost_code text, category text,
    commitment text, item_number integer, source_key text, difference_no integer
) returns text
language sql stable parallel safe as $$
select concat_ws(
    E'\x1f', company_id, kind, to_char(transaction_date, 'YYYY-MM-DD'), job, extra, cost_code, category, commitment,
    coalesce(item_number, 0), source_key, difference_no
)
$$;

-- The 45 bits of a reference: sha256 over natural key and salt, which counts collisions met. One expression, so that
-- the planner writes it into the statement; sage_bridge.identity does the same arithmetic.
create function outbox.reference_number(natural_key text, salt integer) returns bigint
language sql immutable parallel safe as $$
select ('x' || encode(substring(sha256(convert_to(natural_key || E'\x1f' || salt, 'UTF8')) from 1 for 6), 'hex'))::bit(48)::bigint >> 3
$$;

-- The 10 characters of a reference: a letter for the kind, then the number in base 32 without I, L, O, U.
create function outbox.reference_text(kind text, number bigint) returns text
language sql immutable parallel safe as $$
select
    case kind
        when 'consumption' then 'C' when 'invoice_offset' then 'F' when 'price_variance' then 'P'
        when 'accrual' then 'A' when 'accrual_reversal' then 'B' when 'adjustment' then 'J'
    end
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 40 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 35 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 30 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 25 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 20 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 15 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 10 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 5 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 0 & 31)::integer + 1, 1)
$$;

-- Codes costs can be posted to, with unit and cost account; hold_rule = why nothing can be posted there now.
create view outbox.postable_code with (security_invoker = true) as
select
    c.company_id,
    c.job,
    c.extra,
    c.cost_code,
    c.category,
    c.unit,
    coalesce(nullif(c.cost_account, ''), k.cost_account) as cost_account,
    case
        when j.status <> 'In progress' then 'job_not_open'
        when c.extra <> '' and coalesce(e.status, '') <> 'In progress' then 'extra_not_open'
        when k.is_group then 'group_code'
        when k.status <> 'In progress' or c.status <> 'In progress' then 'code_not_open'
    end as hold_rule
from core.category as c
inner join core.cost_code as k
    on k.company_id = c.company_id and k.job = c.job and k.extra = c.extra and k.cost_code = c.cost_code
inner join core.job as j on j.company_id = c.company_id and j.job = c.job
left join core.extra as e on e.company_id = c.company_id and e.job = c.job and e.extra = c.extra;

-- First day of the month a cost of month `wanted` can be booked in: that month if Job Cost has it open and we have not
-- signed it off, else the first such month after it; null when there is none, or Sage does not list the wanted one.
create function outbox.accounting_month(for_company text, wanted date) returns date
language sql stable as $$
with signed as (
    select p.period
    from ledger.period_close as p
    where p.company_id = for_company and p.lapsed_at is null
),

known as (
    select to_date(p.period || '-01', 'YYYY-MM-DD') as month, p.period, p.status
    from core.fiscal_period as p
    where p.company_id = for_company and p.application = 'JC'
)

select
    case
        when not exists (select from known) then (
            select min(m.day)::date
            from generate_series(wanted, wanted + interval '20 years', interval '1 month') as m (day)
            where to_char(m.day, 'YYYY-MM') not in (select s.period from signed as s)
        )
        when not exists (select from known as k where k.month = wanted) then null
        else (
            select min(k.month)
            from known as k
            where k.month >= wanted and k.status = 'Open' and k.period not in (select s.period from signed as s)
        )
    end
$$;

-- Up to five PO lines an AP row may belong to: of its vendor on its job, the commitment it names first, then its code,
-- then the nearest amount; for the person who cures an unmatched invoice.
create function outbox.line_like_ap_row(
    for_company text, for_vendor text, for_job text, for_commitment text, for_code text, for_amount numeric
) returns table (
    commitment text, item_number integer, description text, amount numeric, is_named boolean, is_same_code boolean,
    gap numeric
)
language sql stable as $$
select
    i.commitment,
    i.item_number,
    i.description,
    i.amount,
    i.commitment = for_commitment,
    i.cost_code = for_code,
    abs(i.amount - for_amount)
from core.commitment as m
inner join core.commitment_item as i on i.company_id = m.company_id and i.commitment = m.commitment
where m.company_id = for_company and m.vendor = for_vendor and i.job = for_job
order by 5 desc, 6 desc, 7, 1, 2
limit 5
$$;
