-- Policies with their days, what moves on each layer, and the entries of price variance (domain 5).

-- When a policy changes, for a whole company (job '') or for one job; before the first change `core.company.policy`
-- holds. A change is a new cutover: it counts for what is dated on its day or later.
create table core.cost_policy (
    company_id text not null references core.company,
    job text not null default '',
    effective_from date not null,
    policy text not null check (policy in ('installation', 'receipt', 'invoice')),
    approved_by text not null check (approved_by <> ''),
    primary key (company_id, job, effective_from)
);
comment on table core.cost_policy
is 'Changes of policy by company or job; key: company_id, job, effective_from';
comment on column core.cost_policy.company_id is 'The company: one Sage data folder';
comment on column core.cost_policy.job is 'Job in Sage; empty = every job without a change of its own';
comment on column core.cost_policy.effective_from is 'First day it holds: the cutover';
comment on column core.cost_policy.policy
is 'When material becomes job cost: installation, receipt or invoice';
comment on column core.cost_policy.approved_by is 'Who approved it';
grant delete on core.cost_policy to pipeline;

-- The policy of every job by day: one row per job and stretch of days, valid_to excluded. A job's own change beats the
-- company's. is_price_posted: price variance goes to job cost; else it stays in the clearing balance.
create view ledger.job_policy as
with change as (
    select
        y.company_id,
        '' as job,
        date '-infinity' as effective_from,
        y.policy,
        coalesce(y.profile ->> 'price_variance', 'posted') = 'posted' as is_price_posted
    from core.company as y
    union all
    select
        p.company_id,
        p.job,
        p.effective_from,
        p.policy,
        coalesce(y.profile ->> 'price_variance', 'posted') = 'posted' as is_price_posted
    from core.cost_policy as p
    inner join core.company as y on y.company_id = p.company_id
),

job as (
    select
        i.company_id,
        i.job
    from core.commitment_item as i
    union
    select
        j.company_id,
        j.job
    from core.job as j
)

select
    j.company_id,
    j.job,
    f.policy,
    f.is_price_posted,
    c.effective_from as valid_from,
    lead(c.effective_from, 1, date 'infinity') over (
        partition by j.company_id, j.job order by c.effective_from
    ) as valid_to
from job as j
inner join lateral (
    select distinct o.effective_from
    from change as o
    where o.company_id = j.company_id and o.job in ('', j.job)
) as c on true
inner join lateral (
    select
        o.policy,
        o.is_price_posted
    from change as o
    where o.company_id = j.company_id and o.job in ('', j.job) and o.effective_from <= c.effective_from
    order by o.job desc, o.effective_from desc
    limit 1
) as f on true;

comment on view ledger.job_policy is 'Policy of every job by day; key: company_id, job, valid_from';
comment on column ledger.job_policy.company_id is 'The company: one Sage data folder';
comment on column ledger.job_policy.job is 'Job in Sage';
comment on column ledger.job_policy.policy
is 'When material becomes job cost: installation, receipt or invoice';
comment on column ledger.job_policy.is_price_posted
is 'Price variance goes to job cost (profile: price_variance); else it stays in the clearing balance';
comment on column ledger.job_policy.valid_from is 'First day';
comment on column ledger.job_policy.valid_to is 'First day after it';

-- The policy of every PO line by day, that of the line's job; one row per line and stretch of days.
create view ledger.line_policy as
select
    i.company_id,
    i.commitment,
    i.item_number,
    p.policy,
    p.is_price_posted,
    p.valid_from,
    p.valid_to
from core.commitment_item as i
inner join ledger.job_policy as p on p.company_id = i.company_id and p.job = i.job;

comment on view ledger.line_policy
is 'Policy of every PO line by day; key: company_id, commitment, item_number, valid_from';
comment on column ledger.line_policy.company_id is 'The company: one Sage data folder';
comment on column ledger.line_policy.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.line_policy.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.line_policy.policy
is 'When material becomes job cost: installation, receipt or invoice';
comment on column ledger.line_policy.is_price_posted
is 'Price variance goes to job cost (profile: price_variance); else it stays in the clearing balance';
comment on column ledger.line_policy.valid_from is 'First day';
comment on column ledger.line_policy.valid_to is 'First day after it';

-- What moves on the layers of a line, by day: derived, replaced by every valuation of the line. track: Q units and
-- value of the layer, C units consumed from it on these codes. Units that were rejected or returned and are paid for
-- all the same are a layer of their own behind the one they came from: track R, worth nothing, consumed at once.
create table ledger.layer_movement (
    company_id text not null,
    commitment text not null,
    item_number integer not null,
    layer_event_id text not null,
    layer_no bigint not null,
    track text not null check (track in ('Q', 'C', 'R')),
    entry_date date not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    units numeric(18, 4) not null,
    amount numeric(14, 2) not null
);
create index on ledger.layer_movement (company_id, commitment, item_number);
comment on table ledger.layer_movement
is 'What moves on the layers of a line by day; derived; key: company_id, layer_event_id, track, entry_date, codes';
comment on column ledger.layer_movement.company_id is 'The company: one Sage data folder';
comment on column ledger.layer_movement.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.layer_movement.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.layer_movement.layer_event_id
is 'The receipt that made the layer; of units paid for though not kept, the rejection or return';
comment on column ledger.layer_movement.layer_no
is 'Place of the layer among those of its line, rising in canonical order';
comment on column ledger.layer_movement.track
is 'Q units and value of the layer, C units consumed from it, R units rejected or returned and paid for';
comment on column ledger.layer_movement.entry_date is 'Day of what moves it';
comment on column ledger.layer_movement.job is 'Job the consumption counts on; empty on track Q';
comment on column ledger.layer_movement.extra is 'Extra of the job';
comment on column ledger.layer_movement.cost_code is 'Cost code the consumption counts on; empty on track Q';
comment on column ledger.layer_movement.category is 'Category the consumption counts on; empty on track Q';
comment on column ledger.layer_movement.units
is 'Units the layer gains (Q) or loses to consumption (C), signed';
comment on column ledger.layer_movement.amount
is 'Value the layer gains at the PO''s price, revaluation included; 0 on track C';
grant delete on ledger.layer_movement to pipeline;

-- What follows from invoices for job cost besides their own rows. Append-only: entry = canonical amount - recorded so
-- far, per kind, line, codes and day (domain 4 and 5).
create table ledger.cost_entry (
    cost_entry_id bigint generated always as identity primary key,
    company_id text not null,
    kind text not null check (kind in ('price_variance', 'accrual')),
    commitment text not null,
    item_number integer not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    entry_date date not null,
    amount numeric(14, 2) not null check (amount <> 0),
    recorded_at timestamptz not null default now()
);
create index on ledger.cost_entry (company_id, commitment, item_number);
comment on table ledger.cost_entry
is 'Price variance and accrual by PO line, codes and day, as differences to what was recorded; key: cost_entry_id';
comment on column ledger.cost_entry.cost_entry_id is 'Number of the entry';
comment on column ledger.cost_entry.company_id is 'The company: one Sage data folder';
comment on column ledger.cost_entry.kind
is 'price_variance: invoice price against PO value on what was consumed; accrual: received and not invoiced';
comment on column ledger.cost_entry.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.cost_entry.item_number is 'Item number of the commitment (PO line)';
comment on column ledger.cost_entry.job is 'Job it counts on';
comment on column ledger.cost_entry.extra is 'Extra of the job';
comment on column ledger.cost_entry.cost_code is 'Cost code it counts on';
comment on column ledger.cost_entry.category is 'Category it counts on';
comment on column ledger.cost_entry.entry_date
is 'Day of the fact that moves it: invoice, receipt, consumption or change order';
comment on column ledger.cost_entry.amount is 'Money in company currency, signed';
comment on column ledger.cost_entry.recorded_at is 'When it was recorded';
revoke update, delete, truncate on ledger.cost_entry from pipeline;
create trigger append_only before update or delete or truncate on ledger.cost_entry
for each statement execute function audit.refuse_change();
alter table ledger.cost_entry enable always trigger append_only;

-- Every posted AP row on a PO line as it stands in CURRENT or HISTORY, with the key that outlives both; one row per AP
-- row. A row that is gone counts until both extracts have come once more: it may be on its way to the history.
create view outbox.mirrored_ap_row with (security_invoker = true) as
with standing as (
    select
        t.*,
        row_number() over (
            partition by
                t.company_id, t.vendor, t.invoice, t.distribution_sequence, t.commitment, t.item_number,
                t.transaction_date, t.accounting_date
            order by t.run, t.sequence, t.row_id
        ) as occurrence
    from core.job_cost_transaction as t
    inner join core.commitment_item as i
        on t.company_id = i.company_id and t.commitment = i.commitment and t.item_number = i.item_number
    where
        t.transaction_type = 'AP cost'
        and t.source in ('CURRENT', 'HISTORY')
        and (
            t.gone_at is null
            or exists (
                select
                from audit.watermark as w
                where w.company_id = t.company_id and w.flow in ('JCT', 'JCH') and w.landed_at <= t.gone_at
            )
        )
)

select
    s.company_id,
    s.row_id,
    s.vendor,
    s.invoice,
    s.commitment,
    s.item_number,
    s.job,
    s.extra,
    s.cost_code,
    s.category,
    s.transaction_date,
    s.accounting_date,
    s.debit_account,
    s.units,
    s.amount,
    concat_ws(
        '|', s.vendor, s.invoice, coalesce(s.distribution_sequence, 0), s.commitment, s.item_number,
        to_char(s.transaction_date, 'YYYYMMDD'), to_char(s.accounting_date, 'YYYYMMDD'), s.occurrence
    ) as source_key
from standing as s;

comment on view outbox.mirrored_ap_row
is 'Posted AP rows on PO lines with the key their offset carries; key: company_id, row_id';
comment on column outbox.mirrored_ap_row.company_id is 'The company: one Sage data folder';
comment on column outbox.mirrored_ap_row.row_id is 'Row id of the job cost transaction in Sage';
comment on column outbox.mirrored_ap_row.vendor is 'Vendor in Sage';
comment on column outbox.mirrored_ap_row.invoice is 'Invoice number';
comment on column outbox.mirrored_ap_row.commitment is 'Commitment (purchase order) in Sage';
comment on column outbox.mirrored_ap_row.item_number is 'Item number of the commitment (PO line)';
comment on column outbox.mirrored_ap_row.job is 'Job the row stands on';
comment on column outbox.mirrored_ap_row.extra is 'Extra of the job';
comment on column outbox.mirrored_ap_row.cost_code is 'Cost code the row stands on';
comment on column outbox.mirrored_ap_row.category is 'Category the row stands on';
comment on column outbox.mirrored_ap_row.transaction_date is 'Day of the invoice';
comment on column outbox.mirrored_ap_row.accounting_date is 'Day that decides the month in Sage';
comment on column outbox.mirrored_ap_row.debit_account is 'GL account debited: the cost account';
comment on column outbox.mirrored_ap_row.units is 'Units billed, signed; 0 where the invoice carries none';
comment on column outbox.mirrored_ap_row.amount is 'Money billed, gross of retainage, signed';
comment on column outbox.mirrored_ap_row.source_key
is 'Vendor, invoice, distribution, line, dates and occurrence: the same in CURRENT and HISTORY';
