-- Reconciliation runs and what came of them: bridges, differences, proposed adjustments, decisions about foreign
-- entries.
create table recon.run (
    run_no bigint generated always as identity primary key,
    company_id text not null,
    scope text not null check (scope in ('period', 'job')),
    period text not null check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    job text not null default '',
    mode text not null check (mode in ('preview', 'propose', 'proof')),
    materiality numeric(14, 2) not null check (materiality >= 0),
    prepared_by text not null check (prepared_by <> ''),
    dag_run_id text not null,
    state text not null check (state in ('running', 'proposed', 'approved', 'refused', 'posted', 'signed', 'failed')),
    tie_out jsonb not null default '{}',
    proves_run_no bigint references recon.run,
    content_hash text check (content_hash ~ '^[0-9a-f]{64}$'),
    approval_id bigint references audit.approval,
    sign_off_hash text,
    sign_off_parts jsonb,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    check ((mode = 'proof') = (proves_run_no is not null)),
    check ((state = 'signed') = (sign_off_hash is not null))
);
create index on recon.run (company_id, period, run_no);
create index on recon.run (company_id, dag_run_id);

-- The two bridges of domain 7.2, one row per PO line, codes and component; the residual is a component computed
-- apart. role: start + every step = end; residual = end - start - steps.
create table recon.variance (
    run_no bigint not null references recon.run,
    company_id text not null,
    period text not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    commitment text not null,
    item_number integer not null,
    bridge text not null check (bridge in ('quantity', 'cost')),
    component text not null,
    role text not null check (role in ('start', 'step', 'end', 'residual')),
    units numeric(18, 4) not null,
    amount numeric(14, 2) not null,
    primary key (run_no, job, extra, cost_code, category, commitment, item_number, bridge, component)
);

-- Line by line: what our books say of a reference (or a Sage row) against what Sage says of it, per codes.
-- amount_sage holds the adjustments made for the same reference too, so that a cured difference disappears.
create table recon.difference (
    difference_id bigint generated always as identity primary key,
    run_no bigint not null references recon.run,
    company_id text not null,
    period text not null,
    side text not null check (side in ('ours', 'sage', 'both')),
    cause text not null check (cause in (
        'not_sent', 'rejected', 'imported_not_posted', 'posted_twice', 'wrong_amount', 'wrong_code', 'foreign_entry',
        'ap_unmatched', 'period_shift', 'ap_without_offset', 'changed_in_sage'
    )),
    reference text not null,
    sage_transaction_id text,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    commitment text not null default '',
    item_number integer,
    transaction_date date not null,
    amount_ours numeric(14, 2) not null,
    amount_sage numeric(14, 2) not null,
    state text not null default 'open' check (state in ('open', 'proposed', 'explained', 'dismissed', 'resolved')),
    explanation text not null default '',
    first_seen_at timestamptz not null default now()
);
create index on recon.difference (run_no);
create index on recon.difference (company_id, reference, cause);

-- A correcting direct-cost line on its way through approval; content_hash is the run's, set when the proposal is
-- complete.
create table recon.adjustment (
    adjustment_id bigint generated always as identity primary key,
    run_no bigint not null references recon.run,
    company_id text not null,
    period text not null,
    difference_id bigint references recon.difference,
    corrects_reference text not null default '',
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    commitment text not null default '',
    item_number integer,
    transaction_date date not null,
    amount numeric(14, 2) not null check (amount <> 0),
    reason text not null,
    content_hash text not null,
    proposed_by text not null,
    approval_id bigint references audit.approval,
    state text not null default 'proposed' check (state in ('proposed', 'approved', 'refused', 'sent', 'posted')),
    created_at timestamptz not null default now(),
    check ((approval_id is null) = (state = 'proposed'))
);
create index on recon.adjustment (company_id, state);
create index on recon.adjustment (run_no);
create index on recon.adjustment (company_id, corrects_reference) where corrects_reference <> '';

-- What a person decided about a cost row that is neither ours nor an invoice of a commitment line (domain 5): accept
-- or reverse. Bound to the row's content: a row that changes in Sage is undecided again.
create table recon.foreign_decision (
    decision_id bigint generated always as identity primary key,
    run_no bigint not null references recon.run,
    company_id text not null,
    row_id text not null,
    row_hash text not null check (row_hash ~ '^[0-9a-f]{64}$'),
    decision text not null check (decision in ('accept', 'reverse')),
    approval_id bigint references audit.approval,
    state text not null default 'proposed' check (state in ('proposed', 'approved', 'refused')),
    created_at timestamptz not null default now(),
    check ((approval_id is null) = (state = 'proposed')),
    unique (run_no, row_id)
);
create index on recon.foreign_decision (company_id, row_id) where state = 'approved';

-- What a Sage row says, as one hash: any change of codes, dates, units, amount or accounts changes it.
create function recon.row_hash(sage_row core.job_cost_transaction) returns text
language sql stable parallel safe
return encode(
    sha256(
        convert_to(
            array_to_string(
                array[
                    sage_row.company_id, sage_row.row_id, sage_row.job, sage_row.extra, sage_row.cost_code,
                    sage_row.category, sage_row.transaction_type, to_char(sage_row.transaction_date, 'YYYY-MM-DD'),
                    to_char(sage_row.accounting_date, 'YYYY-MM-DD'), sage_row.units::text, sage_row.amount::text,
                    sage_row.debit_account, sage_row.credit_account, sage_row.ref_1
                ],
                E'\x1f', E'\x1e'
            ),
            'UTF8'
        )
    ),
    'hex'
);

-- Every posted cost row of Sage with what it is to us; one row per Sage row that still stands. kind: own (our
-- reference), invoice (AP cost of a commitment line), tax / freight / unmanaged (AP cost named by an approved rule),
-- outside (a category that does not accumulate as Material), ap_unmatched (AP cost that nothing explains), foreign
-- (anything else).
create view recon.sage_cost_row as
with decision as (
    select distinct on (f.company_id, f.row_id)
        f.company_id,
        f.row_id,
        f.decision = 'accept' and f.row_hash = recon.row_hash(c) as is_accepted
    from recon.foreign_decision as f
    inner join core.job_cost_transaction as c on c.company_id = f.company_id and c.row_id = f.row_id
    where f.state = 'approved'
    order by f.company_id asc, f.row_id asc, f.decision_id desc
),

posted as (
    select
        t.*,
        coalesce(nullif(ca.accumulate_as, ''), nullif(sc.accumulate_as, ''), 'Material') ilike 'm%' as is_material
    from core.job_cost_transaction as t
    left join core.category as ca
        on
            ca.company_id = t.company_id and ca.job = t.job and ca.extra = t.extra
            and ca.cost_code = t.cost_code and ca.category = t.category
    left join core.standard_category as sc on sc.company_id = t.company_id and sc.category = t.category
    where
        t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
        and t.transaction_type in ('JC cost', 'AP cost', 'PR cost', 'EQ cost', 'IV cost', 'SM cost')
)

select
    t.company_id,
    t.row_id,
    t.job,
    t.extra,
    t.cost_code,
    t.category,
    t.transaction_type,
    t.transaction_date,
    t.accounting_date,
    t.description,
    t.units,
    t.amount,
    t.vendor,
    t.invoice,
    t.ref_1 as reference,
    t.batch,
    p.posting_id,
    p.kind as posting_kind,
    case
        when p.posting_id is not null then p.commitment
        when i.item_number is not null then i.commitment
        else ''
    end as commitment,
    case
        when p.posting_id is not null then coalesce(p.item_number, 0)
        else coalesce(i.item_number, 0)
    end as item_number,
    case
        when p.posting_id is not null then 'own'
        when i.item_number is not null then 'invoice'
        when r.kind is not null then r.kind
        when not t.is_material then 'outside'
        when t.transaction_type = 'AP cost' then 'ap_unmatched'
        else 'foreign'
    end as kind,
    coalesce(d.is_accepted, false) as is_accepted,
    t.operator_stamp,
    t.stamped_at
from posted as t
left join outbox.cost_posting as p
    on p.company_id = t.company_id and p.posting_reference = t.ref_1 and t.transaction_type = 'JC cost'
left join core.commitment_item as i
    on
        i.company_id = t.company_id and i.commitment = t.commitment and i.item_number = t.item_number
        and t.transaction_type = 'AP cost'
left join lateral (
    select u.kind
    from core.ap_rule as u
    where
        t.transaction_type = 'AP cost' and i.item_number is null
        and u.company_id = t.company_id
        and (coalesce(u.tax_id, '') = '' or u.tax_id = t.tax_id)
        and (coalesce(u.debit_account, '') = '' or u.debit_account = t.debit_account)
        and (coalesce(u.cost_code, '') = '' or u.cost_code = t.cost_code)
        -- The edge of a word is \b in the profile and \y in Postgres.
        and (coalesce(u.description_pattern, '') = '' or t.description ~* replace(u.description_pattern, '\b', '\y'))
    order by u.rule_no
    limit 1
) as r on true
left join decision as d on d.company_id = t.company_id and d.row_id = t.row_id;

-- What reconciliation proposes to RunBlu: an event for a person there to confirm or dismiss; sent once approved with
-- the run.
create table recon.proposed_event (
    proposal_id bigint generated always as identity primary key,
    run_no bigint not null references recon.run,
    company_id text not null,
    period text not null,
    event_type text not null check (event_type in ('returned', 'counted')),
    commitment text not null,
    item_number integer not null,
    standard_item text not null,
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    quantity numeric(18, 4) not null check (quantity > 0),
    unit text not null,
    reason text not null,
    approval_id bigint references audit.approval,
    state text not null default 'proposed' check (state in ('proposed', 'approved', 'refused')),
    created_at timestamptz not null default now(),
    check ((approval_id is null) = (state = 'proposed')),
    unique (run_no, event_type, commitment, item_number)
);
create index on recon.proposed_event (company_id, state);

-- One hash over everything a run proposes: its terms and tie-out, every adjustment, decision and proposed event.
-- Whoever posts recomputes it and compares it with the approval, so that nothing but what was shown can be sent.
create function recon.proposal_hash(wanted_run bigint) returns text
language sql stable as $$
    with parts as (
        select
            0 as place,
            r.run_no as number,
            array[
                r.company_id, r.scope, r.period, r.job, r.mode, r.materiality::text, r.prepared_by, r.tie_out::text
            ] as fields
        from recon.run as r
        where r.run_no = wanted_run
        union all
        select
            1 as place,
            a.adjustment_id as number,
            array[
                a.corrects_reference, a.job, a.extra, a.cost_code, a.category, a.commitment, a.item_number::text,
                to_char(a.transaction_date, 'YYYY-MM-DD'), a.amount::text, a.reason
            ] as fields
        from recon.adjustment as a
        where a.run_no = wanted_run
        union all
        select
            2 as place,
            d.decision_id as number,
            array[d.row_id, d.row_hash, d.decision] as fields
        from recon.foreign_decision as d
        where d.run_no = wanted_run
        union all
        select
            3 as place,
            e.proposal_id as number,
            array[
                e.event_type, e.commitment, e.item_number::text, e.job, e.extra, e.cost_code, e.category,
                e.quantity::text, e.unit, e.reason
            ] as fields
        from recon.proposed_event as e
        where e.run_no = wanted_run
    )

    select encode(
        sha256(
            convert_to(
                string_agg(
                    p.place || E'\x1f' || p.number || E'\x1f' || array_to_string(p.fields, E'\x1f', E'\x1e'), E'\n'
                    order by p.place, p.number
                ),
                'UTF8'
            )
        ),
        'hex'
    )
    from parts as p
$$;

-- What stands booked in a month, each row as one hash: rows of Sage and our postings, by accounting date.
create function recon.period_rows(wanted_company text, wanted_period text)
returns table (row_kind text, row_key text, row_hash text)
language sql stable as $$
    select
        'Sage row' as row_kind,
        t.row_id as row_key,
        recon.row_hash(t) as row_hash
    from core.job_cost_transaction as t
    where
        t.company_id = wanted_company and t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
        and t.accounting_date >= to_date(wanted_period, 'YYYY-MM')
        and t.accounting_date < to_date(wanted_period, 'YYYY-MM') + interval '1 month'
    union all
    select
        'posting' as row_kind,
        p.posting_reference as row_key,
        encode(
            sha256(
                convert_to(
                    concat_ws(
                        E'\x1f', p.kind, p.job, p.extra, p.cost_code, p.category, p.transaction_date::text, p.amount::text,
                        p.debit_account, p.credit_account
                    ),
                    'UTF8'
                )
            ),
            'hex'
        ) as row_hash
    from outbox.cost_posting as p
    where
        p.company_id = wanted_company and p.state <> 'reversed'
        and p.accounting_date >= to_date(wanted_period, 'YYYY-MM')
        and p.accounting_date < to_date(wanted_period, 'YYYY-MM') + interval '1 month'
$$;

-- The rows a sign-off rests on, one by one, so that the one that moved later can be named.
create table recon.signed_row (
    run_no bigint not null references recon.run,
    company_id text not null,
    period text not null,
    row_kind text not null,
    row_key text not null,
    row_hash text not null,
    primary key (run_no, row_kind, row_key)
);
