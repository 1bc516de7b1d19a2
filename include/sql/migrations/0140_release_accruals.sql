-- Accruals that nobody will bill are released with the approval of a reconciliation (domain 7.4), and come back by
-- themselves when the line moves.

-- A decision about the open accrual of a PO line as it was shown: it is released from that day on, or kept again
-- (takes a release back). Bound to what the line was: units kept, units open, money; where one of them moves the
-- decision holds no more, and holds again where the line is exactly so once more (an invoice that is voided).
create table recon.accrual_release (
    release_id bigint generated always as identity primary key,
    run_no bigint not null references recon.run,
    company_id text not null,
    period text not null,
    commitment text not null,
    item_number integer not null,
    decision text not null check (decision in ('release', 'keep')),
    released_on date not null,
    units_kept numeric(18, 4) not null,
    units_open numeric(18, 4) not null,
    amount numeric(14, 2) not null check (amount > 0),
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    reason text not null check (reason <> ''),
    content_hash text not null,
    proposed_by text not null,
    approval_id bigint references audit.approval,
    state text not null default 'proposed' check (state in ('proposed', 'approved', 'refused')),
    created_at timestamptz not null default now(),
    check ((approval_id is null) = (state = 'proposed')),
    unique (run_no, commitment, item_number)
);
create index on recon.accrual_release (company_id, commitment, item_number);
call core.protect_rows('recon.accrual_release');

-- A decision is taken once: what is decided never changes, and approved is only what another person than its preparer
-- approved with exactly this content.
create function recon.guard_decision() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op <> 'UPDATE' or old.state <> 'proposed'
        or to_jsonb(new) - array['state', 'approval_id', 'content_hash']
        <> to_jsonb(old) - array['state', 'approval_id', 'content_hash']
    then
        raise exception 'RS-450 %.% is append-only: % refused; next step: record the correction as a new row',
            tg_table_schema, tg_table_name, lower(tg_op);
    end if;
    if new.state = 'approved' and not exists (
        select
        from audit.approval as a
        where
            a.approval_id = new.approval_id and a.company_id = new.company_id and a.subject_kind = 'recon.run'
            and a.subject_id = new.run_no::text and a.decision = 'approved' and a.content_hash = new.content_hash
            and a.decided_by <> new.proposed_by
    ) then
        raise exception 'RS-601 a row of %.% is marked approved without an approval of exactly its content by another '
            'person; next step: run the reconciliation and its approval again', tg_table_schema, tg_table_name;
    end if;
    return new;
end
$$;
comment on function recon.guard_decision()
is 'Lets a proposed decision be decided once, and approved only by an approval of its content by another person';

create trigger guard_decision before update or delete on recon.accrual_release
for each row execute function recon.guard_decision();
create trigger guard_decision_all before truncate on recon.accrual_release
for each statement execute function recon.guard_decision();
alter table recon.accrual_release enable always trigger guard_decision;
alter table recon.accrual_release enable always trigger guard_decision_all;

-- From when until when the accrual of a line that stands exactly so is released: approved decisions, and those that a
-- run proposes where one is named. Once part of a line was moved to other codes it is released no longer: the codes
-- would not bear what they are relieved of.
create function recon.release_term(wanted_company text, wanted_run bigint)
returns table (
    commitment text, item_number integer, units_kept numeric, units_open numeric, amount numeric, held_from date,
    held_before date
)
language sql stable as $$
    with decided as (
        select
            r.commitment,
            r.item_number,
            r.units_kept,
            r.units_open,
            r.amount,
            r.decision,
            r.released_on as held_from,
            lead(r.released_on) over (
                partition by r.commitment, r.item_number, r.units_kept, r.units_open, r.amount
                order by r.released_on, r.release_id
            ) as decided_again_on
        from recon.accrual_release as r
        where
            r.company_id = wanted_company
            and (r.state = 'approved' or (r.state = 'proposed' and r.run_no = wanted_run))
    )

    select
        d.commitment,
        d.item_number,
        d.units_kept,
        d.units_open,
        d.amount,
        d.held_from,
        least(
            d.decided_again_on,
            (
                select min(v.entry_date)
                from ledger.value_entry as v
                where
                    v.company_id = wanted_company and v.commitment = d.commitment
                    and v.item_number = d.item_number and v.measure = 'transferred'
            ),
            date 'infinity'
        ) as held_before
    from decided as d
    where d.decision = 'release'
$$;
comment on function recon.release_term(text, bigint)
is 'From when until when the accrual of a line that stands exactly so is released by decision';

-- What the journal of a month must say of each PO line, as before, without lines that are released; wanted_run: the run
-- whose proposed releases count as approved, as journal and releases are approved together.
drop function recon.journal_due(text, text);
create function recon.journal_due(wanted_company text, wanted_period text, wanted_run bigint)
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
        where
            p.amount_received_not_invoiced <> 0 and y.policy <> 'invoice'
            and not exists (
                select
                from recon.release_term(wanted_company, wanted_run) as t
                where
                    t.commitment = p.commitment and t.item_number = p.item_number
                    and t.units_kept = p.units_accepted - p.units_returned
                    and t.units_open = p.units_received_not_invoiced
                    and t.amount = p.amount_received_not_invoiced
                    and t.held_from <= m.last_day and m.last_day < t.held_before
            )
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
comment on function recon.journal_due(text, text, bigint)
is 'What the journal of a month must say of each PO line, and what of it is not approved yet';

do $$
declare
    said record;
begin
    for said in
        select *
        from (
            values
            ('release_id', 'Number of the decision'),
            ('run_no', 'Reconciliation that proposes it'),
            ('company_id', 'The company: one Sage data folder'),
            ('period', 'Month of the reconciliation'),
            ('commitment', 'Commitment (purchase order) in Sage'),
            ('item_number', 'Item number of the commitment (PO line)'),
            ('decision', 'release: the accrual is taken out; keep: a release is taken back'),
            ('released_on', 'Day from which it counts: the last one of the month'),
            ('units_kept', 'Units accepted less returned that the decision is about'),
            ('units_open', 'Units received and not invoiced that the decision is about'),
            ('amount', 'Open accrual A that the decision is about'),
            ('job', 'Job that bears it'),
            ('extra', 'Extra that bears it'),
            ('cost_code', 'Cost code that bears it'),
            ('category', 'Category that bears it'),
            ('reason', 'Why, in words'),
            ('content_hash', 'Hash of the whole proposal'),
            ('proposed_by', 'Who prepared the run'),
            ('approval_id', 'Decision of another person'),
            ('state', 'proposed, approved or refused'),
            ('created_at', 'When it was proposed')
        ) as w (column_name, meaning)
    loop
        execute format('comment on column recon.accrual_release.%I is %L', said.column_name, said.meaning);
    end loop;
end
$$;
comment on table recon.accrual_release
is 'Decisions about accruals that nobody will bill, bound to what the line was; key: release_id';
