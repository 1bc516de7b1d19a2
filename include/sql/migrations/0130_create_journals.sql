-- The period-end GL journal (domain 5): proposed with the reconciliation of a month, approved with it, sent as GLJ,
-- taken back on the first day of the next month.

-- One line of the journal of a month as it was proposed: what the accounts must hold for a PO line less what approved
-- proposals of the month say already. side: owed (received, not invoiced) or claim (invoiced, not received); a
-- negative amount takes an earlier line back, so that debit and credit account stand the other way round.
create table recon.journal (
    proposal_id bigint generated always as identity primary key,
    run_no bigint not null references recon.run,
    company_id text not null,
    period text not null,
    commitment text not null,
    item_number integer not null,
    side text not null check (side in ('owed', 'claim')),
    amount numeric(14, 2) not null check (amount <> 0),
    debit_account text not null check (debit_account <> ''),
    credit_account text not null check (credit_account <> ''),
    content_hash text not null,
    proposed_by text not null,
    approval_id bigint references audit.approval,
    state text not null default 'proposed' check (state in ('proposed', 'approved', 'refused', 'posted')),
    created_at timestamptz not null default now(),
    check ((approval_id is null) = (state = 'proposed')),
    unique (run_no, commitment, item_number, side)
);
create index on recon.journal (company_id, period, state);
call core.protect_rows('recon.journal');

-- What goes to Sage of it: entry and reversal, each in parts of at most what one line of an import may hold. Amounts
-- are positive; the accounts say which way.
create table outbox.journal_line (
    line_id bigint generated always as identity primary key,
    company_id text not null,
    reference text not null check (length(reference) = 10),
    kind text not null check (kind in ('journal', 'journal_reversal')),
    proposal_id bigint not null references recon.journal,
    part_no integer not null check (part_no > 0),
    period text not null,
    accounting_date date not null,
    commitment text not null,
    item_number integer not null,
    description text not null,
    amount numeric(14, 2) not null check (amount > 0),
    debit_account text not null,
    credit_account text not null,
    state text not null default 'eligible' check (state in (
        'eligible', 'held', 'sealed', 'sending', 'sent', 'received', 'accepted', 'rejected', 'posted', 'unknown',
        'reversed'
    )),
    version_no integer not null default 1,
    hold_rule text,
    hold_reason text,
    reject_reason text,
    sage_transaction_id text,
    created_at timestamptz not null default now(),
    sealed_at timestamptz,
    sent_at timestamptz,
    received_at timestamptz,
    accepted_at timestamptz,
    posted_at timestamptz,
    unique (company_id, reference),
    unique (proposal_id, kind, part_no),
    check ((state = 'held') = (hold_rule is not null))
);
create index on outbox.journal_line (company_id, accounting_date);
create index on outbox.journal_line (company_id, state) where state in ('eligible', 'held', 'rejected');
call core.protect_rows('outbox.journal_line');

alter table outbox.batch_line add column journal_line_id bigint references outbox.journal_line;
create unique index on outbox.batch_line (journal_line_id, version_no) where journal_line_id is not null;
comment on column outbox.batch_line.journal_line_id is 'Line of the period-end journal; null in other flows';

-- Sage's import of GL entries has no field for a reference, so ours stands first in the description.
create index on core.ledger_transaction (company_id, (left(description, 10)));

-- As before, with the letters of the journal: G an entry, H its reversal.
create or replace function outbox.reference_text(kind text, number bigint) returns text
language sql immutable parallel safe as $$
select
    case kind
        when 'consumption' then 'C' when 'invoice_offset' then 'F' when 'price_variance' then 'P'
        when 'accrual' then 'A' when 'accrual_reversal' then 'B' when 'adjustment' then 'J'
        when 'journal' then 'G' when 'journal_reversal' then 'H'
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

-- Whether a company's month ends with the journal: flow `journals` of its profile.
create function recon.has_journals(wanted_company text) returns boolean
language sql stable
return coalesce(
    (
        select (y.profile #>> '{flows,journals,is_on}')::boolean
        from core.company as y
        where y.company_id = wanted_company
    ),
    false
);
comment on function recon.has_journals(text) is 'Whether a company''s month ends with the GL journal: its profile';

-- Whether the general ledger takes entries of a day: a company whose Sage lists no months of it is asked by the
-- import.
create function outbox.is_ledger_open(wanted_company text, wanted_day date) returns boolean
language sql stable
return not exists (
    select from core.fiscal_period as p
    where p.company_id = wanted_company and p.application = 'GL'
)
or exists (
    select from core.fiscal_period as p
    where
        p.company_id = wanted_company and p.application = 'GL' and p.status = 'Open'
        and p.period = to_char(wanted_day, 'YYYY-MM')
);
comment on function outbox.is_ledger_open(text, date) is 'Whether the general ledger is open in the month of a day';

-- What the journal of a month must say of each PO line at its end, less what approved proposals say of it; only lines
-- whose cost we post (policy invoice: AP alone decides) and that we manage on that day. One row per line and side.
create function recon.journal_due(wanted_company text, wanted_period text)
returns table (commitment text, item_number integer, side text, amount_target numeric, amount_due numeric)
language sql stable as $$
    with month as (
        select (to_date(wanted_period || '-01', 'YYYY-MM-DD') + interval '1 month' - interval '1 day')::date as last_day
    ),

    target as (
        select
            p.commitment,
            p.item_number,
            case when p.amount_received_not_invoiced > 0 then 'owed' else 'claim' end as side,
            abs(p.amount_received_not_invoiced) as amount
        from month as m
        cross join lateral mart.commitment_position_at(wanted_company, m.last_day) as p
        inner join ledger.line_policy as y
            on
                y.company_id = wanted_company and y.commitment = p.commitment and y.item_number = p.item_number
                and y.valid_from <= m.last_day and m.last_day < y.valid_to
        where p.amount_received_not_invoiced <> 0 and y.policy <> 'invoice'
    ),

    agreed as (
        select
            j.commitment,
            j.item_number,
            j.side,
            sum(j.amount) as amount
        from recon.journal as j
        where j.company_id = wanted_company and j.period = wanted_period and j.state in ('approved', 'posted')
        group by j.commitment, j.item_number, j.side
    )

    select
        coalesce(t.commitment, a.commitment) as commitment,
        coalesce(t.item_number, a.item_number) as item_number,
        coalesce(t.side, a.side) as side,
        coalesce(t.amount, 0) as amount_target,
        coalesce(t.amount, 0) - coalesce(a.amount, 0) as amount_due
    from target as t
    full join agreed as a on a.commitment = t.commitment and a.item_number = t.item_number and a.side = t.side
    where recon.has_journals(wanted_company)
$$;
comment on function recon.journal_due(text, text)
is 'What the journal of a month must say of each PO line, and what of it is not approved yet';

-- A manual entry of the general ledger on one of our accounts is undecided until a person lets it stand, like a cost
-- row of others; bound to its content.
create function recon.ledger_row_hash(ledger_row core.ledger_transaction) returns text
language sql stable parallel safe
return encode(
    sha256(
        convert_to(
            concat_ws(
                E'\x1f', ledger_row.company_id, ledger_row.row_id, ledger_row.account,
                to_char(ledger_row.accounting_date, 'YYYY-MM-DD'), ledger_row.amount_debit::text,
                ledger_row.amount_credit::text
            ),
            'UTF8'
        )
    ),
    'hex'
);
comment on function recon.ledger_row_hash(core.ledger_transaction)
is 'What a general ledger row says, as one hash; another account, month or amount changes it';

-- The accounts of the balance sheet the bridge moves, by their names in the profile; one row per account.
create view recon.ledger_account with (security_invoker = true) as
select
    y.company_id,
    a.account,
    string_agg(a.role_name, ', ' order by a.role_name) as role_names
from core.company as y
cross join
    lateral (
        values
        ('clearing', y.profile #>> '{accounts,clearing}'),
        ('stored_materials', y.profile #>> '{accounts,stored_materials}'),
        ('received_not_invoiced', y.profile #>> '{accounts,received_not_invoiced}'),
        ('vendor_claims', y.profile #>> '{accounts,vendor_claims}')
    ) as a (role_name, account)
where coalesce(a.account, '') <> ''
group by y.company_id, a.account;
comment on view recon.ledger_account
is 'Accounts of the general ledger that the bridge moves; key: company_id, account';
comment on column recon.ledger_account.company_id is 'The company: one Sage data folder';
comment on column recon.ledger_account.account is 'Account as Sage writes it';
comment on column recon.ledger_account.role_names is 'What the profile uses it for';

-- Rows of the general ledger on these accounts with what they are to us: own (a journal line's), entered (by hand in
-- the general ledger), posted (from another application: job cost has its rows). One row per ledger row.
create view recon.ledger_row with (security_invoker = true) as
select
    t.company_id,
    t.row_id,
    t.account,
    t.transaction_date,
    t.accounting_date,
    t.description,
    t.amount_debit - t.amount_credit as amount,
    t.batch,
    l.line_id,
    case when l.line_id is not null then 'own' when t.application_of_origin = 'GL' then 'entered' else 'posted' end
        as kind,
    coalesce(d.row_hash = recon.ledger_row_hash(t), false) as is_accepted
from core.ledger_transaction as t
inner join recon.ledger_account as a on a.company_id = t.company_id and a.account = t.account
left join outbox.journal_line as l on l.company_id = t.company_id and l.reference = left(t.description, 10)
left join lateral (
    select f.row_hash
    from recon.foreign_decision as f
    where f.company_id = t.company_id and f.row_id = t.row_id and f.state = 'approved' and f.decision = 'accept'
    order by f.decision_id desc
    limit 1
) as d on true;
comment on view recon.ledger_row
is 'Rows of the general ledger on the accounts the bridge moves, with what they are to us; key: company_id, row_id';
comment on column recon.ledger_row.company_id is 'The company: one Sage data folder';
comment on column recon.ledger_row.row_id is 'Row id of the general ledger transaction in Sage';
comment on column recon.ledger_row.account is 'Account as Sage writes it';
comment on column recon.ledger_row.transaction_date is 'Day of the entry';
comment on column recon.ledger_row.accounting_date is 'Decides the month';
comment on column recon.ledger_row.description is 'As Sage shows it; a journal line begins with our reference';
comment on column recon.ledger_row.amount is 'Debit less credit';
comment on column recon.ledger_row.batch is 'Batch in Sage';
comment on column recon.ledger_row.line_id is 'Line of our journal; null when it is none';
comment on column recon.ledger_row.kind
is 'own, entered (by hand in the general ledger) or posted (from another application)';
comment on column recon.ledger_row.is_accepted is 'A person lets it stand, and it has not changed since';

-- What the accounts must hold by the end of a day, from its own sources, and what the general ledger shows: job cost
-- rows by their accounts, journal lines that were read back, accepted manual entries. One row per account.
create function recon.account_balance(wanted_company text, wanted_day date)
returns table (
    account text, role_names text, amount_job_cost numeric, amount_journals numeric, amount_accepted numeric,
    amount_ledger numeric
)
language sql stable as $$
    with moved as (
        select
            t.debit_account as account,
            sum(t.amount) as amount
        from core.job_cost_transaction as t
        where
            t.company_id = wanted_company and t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
            and t.accounting_date <= wanted_day
        group by t.debit_account
        union all
        select
            t.credit_account as account,
            -sum(t.amount) as amount
        from core.job_cost_transaction as t
        where
            t.company_id = wanted_company and t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
            and t.accounting_date <= wanted_day
        group by t.credit_account
    ),

    journal as (
        select
            s.account,
            sum(s.amount) as amount
        from outbox.journal_line as l
        cross join lateral (
            values (l.debit_account, l.amount), (l.credit_account, -l.amount)
        ) as s (account, amount)
        where l.company_id = wanted_company and l.accounting_date <= wanted_day and l.state = 'posted'
        group by s.account
    ),

    shown as (
        select
            r.account,
            sum(r.amount) as amount,
            sum(r.amount) filter (where r.kind = 'entered' and r.is_accepted) as amount_accepted
        from recon.ledger_row as r
        where r.company_id = wanted_company and r.accounting_date <= wanted_day
        group by r.account
    )

    select
        a.account,
        a.role_names,
        coalesce((select sum(m.amount) from moved as m where m.account = a.account), 0) as amount_job_cost,
        coalesce(j.amount, 0) as amount_journals,
        coalesce(s.amount_accepted, 0) as amount_accepted,
        coalesce(s.amount, 0) as amount_ledger
    from recon.ledger_account as a
    left join journal as j on j.account = a.account
    left join shown as s on s.account = a.account
    where a.company_id = wanted_company
$$;
comment on function recon.account_balance(text, date)
is 'What the accounts the bridge moves must hold by the end of a day, and what the general ledger shows';

alter table recon.difference drop constraint difference_cause_check;
alter table recon.difference add constraint difference_cause_check check (cause in (
    'not_sent', 'rejected', 'imported_not_posted', 'posted_twice', 'wrong_amount', 'wrong_code', 'foreign_entry',
    'ap_unmatched', 'period_shift', 'ap_without_offset', 'changed_in_sage', 'ledger_entry'
));
