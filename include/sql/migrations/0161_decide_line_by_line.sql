-- A person may approve a proposal and refuse single lines of it: every line of every proposal has its decision, with
-- the hash of what it said. What is refused is never sent, stays to be read with its reason, and is proposed again by
-- the next reconciliation, as what it would have cured still stands.

-- Every line that a run proposes as it stands, named by a letter and its number: A adjustment, E entry of others,
-- P proposal to RunBlu, J journal, R old accrual, D difference that may stand.
create function recon.proposal_line(wanted_run bigint)
returns table (line text, place integer, number bigint, fields text[], line_hash text)
language sql stable as $$
    with parts as (
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
            array[
                d.row_id, d.row_hash, d.decision || coalesce(' ' || d.commitment || '/' || d.item_number, '')
            ] as fields
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
        union all
        select
            4 as place,
            j.proposal_id as number,
            array[
                j.period, j.commitment, j.item_number::text, j.side, j.amount::text, j.debit_account, j.credit_account
            ] as fields
        from recon.journal as j
        where j.run_no = wanted_run
        union all
        select
            5 as place,
            l.release_id as number,
            array[
                l.decision, l.commitment, l.item_number::text, to_char(l.released_on, 'YYYY-MM-DD'), l.units_kept::text,
                l.units_open::text, l.amount::text, l.job, l.extra, l.cost_code, l.category, l.reason
            ] as fields
        from recon.accrual_release as l
        where l.run_no = wanted_run
        union all
        select
            6 as place,
            x.dismissal_id as number,
            array[
                x.cause, x.reference, x.job, x.extra, x.cost_code, x.category, x.commitment, x.item_number::text,
                x.amount_ours::text, x.amount_sage::text, x.row_hash, x.reason
            ] as fields
        from recon.dismissal as x
        where x.run_no = wanted_run
    )

    select
        substr('AEPJRD', p.place, 1) || p.number as line,
        p.place,
        p.number,
        p.fields,
        encode(
            sha256(convert_to(wanted_run || E'\x1f' || array_to_string(p.fields, E'\x1f', E'\x1e'), 'UTF8')), 'hex'
        ) as line_hash
    from parts as p
$$;
comment on function recon.proposal_line
is 'Every line a run proposes with all it says and the hash of that; one row per line';

-- As before: the terms of the run, then its lines.
create or replace function recon.proposal_hash(wanted_run bigint) returns text
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
            l.place,
            l.number,
            l.fields
        from recon.proposal_line(wanted_run) as l
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

create table recon.line_decision (
    run_no bigint not null references recon.run,
    line text not null check (line ~ '^[AEPJRD][0-9]+$'),
    company_id text not null,
    decision text not null check (decision in ('approved', 'refused')),
    reason text not null check (decision = 'approved' or reason <> ''),
    line_hash text not null check (line_hash ~ '^[0-9a-f]{64}$'),
    approval_id bigint not null references audit.approval,
    stored_at timestamptz not null default clock_timestamp(),
    primary key (run_no, line)
);
call core.protect_rows('recon.line_decision');
revoke update on recon.line_decision from pipeline;
create trigger append_only before update or delete or truncate on recon.line_decision
for each statement execute function audit.refuse_change();
alter table recon.line_decision enable always trigger append_only;

-- A line is decided with its run, by the same person, as it stands; nothing is approved in a proposal that is refused.
create function recon.guard_line_decision() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    wrong text;
begin
    with standing as materialized (
        select
            r.run_no,
            r.company_id,
            r.content_hash,
            l.line,
            l.line_hash
        from recon.run as r
        cross join lateral recon.proposal_line(r.run_no) as l
        where r.run_no in (select w.run_no from added as w)
    )

    select w.line into wrong
    from added as w
    left join standing as s
        on s.run_no = w.run_no and s.company_id = w.company_id and s.line = w.line and s.line_hash = w.line_hash
    left join audit.approval as a
        on
            a.approval_id = w.approval_id and a.company_id = s.company_id and a.subject_kind = 'recon.run'
            and a.subject_id = s.run_no::text and a.content_hash = s.content_hash
            and (w.decision = 'refused' or a.decision = 'approved')
    where a.approval_id is null
    limit 1;
    if wrong is not null then
        raise exception 'RS-601 line % is decided without a decision about the proposal that shows it so; next step: '
            'run the reconciliation and its approval again', wrong;
    end if;
    return null;
end
$$;
comment on function recon.guard_line_decision()
is 'Lets a line be decided only with its proposal and as it stands, and approved only where that is approved';
create trigger guard_line_decision after insert on recon.line_decision
referencing new table as added for each statement execute function recon.guard_line_decision();
alter table recon.line_decision enable always trigger guard_line_decision;

-- Whoever sets the state of a line: it leaves proposed or refused for what is sent only by its own approved decision.
create function recon.guard_line() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    wanted text := tg_argv[0] || (to_jsonb(new) ->> tg_argv[1]);
begin
    if not exists (
        select
        from recon.line_decision as d
        where
            d.run_no = new.run_no and d.line = wanted and d.decision = 'approved' and d.approval_id = new.approval_id
    ) then
        raise exception 'RS-601 line % of run % is marked % and nobody approved it; next step: run the reconciliation '
            'and its approval again', wanted, new.run_no, new.state;
    end if;
    return new;
end
$$;
comment on function recon.guard_line()
is 'Lets a proposed line be marked approved, sent or posted only by its own approved decision';

do $$
declare
    guarded record;
begin
    for guarded in
        select *
        from (
            values
            ('recon.adjustment', 'A', 'adjustment_id'),
            ('recon.foreign_decision', 'E', 'decision_id'),
            ('recon.proposed_event', 'P', 'proposal_id'),
            ('recon.journal', 'J', 'proposal_id'),
            ('recon.accrual_release', 'R', 'release_id'),
            ('recon.dismissal', 'D', 'dismissal_id')
        ) as w (relation, letter, number_column)
    loop
        execute format(
            'create trigger guard_line before update on %s for each row '
            'when (new.state not in (''proposed'', ''refused'') and old.state in (''proposed'', ''refused'')) '
            'execute function recon.guard_line(%L, %L)',
            guarded.relation, guarded.letter, guarded.number_column
        );
        execute format('alter table %s enable always trigger guard_line', guarded.relation);
    end loop;
end
$$;

-- Every line that was proposed, with what became of it, for its readers; one row per run and line.
create view mart.proposal_line with (security_invoker = true) as
with proposed as (
    select
        a.run_no,
        'A' || a.adjustment_id as line,
        'adjustment' as kind,
        concat_ws(' / ', a.job, nullif(a.extra, ''), a.cost_code, a.category) as subject,
        a.amount,
        a.reason as proposed_because
    from recon.adjustment as a
    union all
    select
        f.run_no,
        'E' || f.decision_id as line,
        'entry' as kind,
        f.row_id as subject,
        null as amount,
        f.decision || coalesce(' to ' || f.commitment || '/' || f.item_number, '') as proposed_because
    from recon.foreign_decision as f
    union all
    select
        e.run_no,
        'P' || e.proposal_id as line,
        e.event_type as kind,
        e.commitment || '/' || e.item_number as subject,
        null as amount,
        e.reason as proposed_because
    from recon.proposed_event as e
    union all
    select
        j.run_no,
        'J' || j.proposal_id as line,
        'journal' as kind,
        j.commitment || '/' || j.item_number as subject,
        j.amount,
        j.side as proposed_because
    from recon.journal as j
    union all
    select
        l.run_no,
        'R' || l.release_id as line,
        l.decision as kind,
        l.commitment || '/' || l.item_number as subject,
        l.amount,
        l.reason as proposed_because
    from recon.accrual_release as l
    union all
    select
        x.run_no,
        'D' || x.dismissal_id as line,
        'dismissal' as kind,
        x.reference as subject,
        x.amount_sage - x.amount_ours as amount,
        x.reason as proposed_because
    from recon.dismissal as x
)

select
    r.company_id,
    r.period,
    r.run_no,
    p.line,
    p.kind,
    p.subject,
    p.amount::numeric(14, 2) as amount,
    p.proposed_because,
    r.prepared_by as proposed_by,
    d.decision,
    d.reason,
    v.decided_by,
    v.decided_at
from proposed as p
inner join recon.run as r on r.run_no = p.run_no
left join recon.line_decision as d on d.run_no = p.run_no and d.line = p.line
left join audit.approval as v on v.approval_id = d.approval_id;
comment on view mart.proposal_line
is 'Every line a reconciliation proposed, with what was decided about it; key: run_no, line';
grant select on mart.proposal_line to finance, oncall, analyst, auditor;

do $$
declare
    said record;
begin
    for said in
        select *
        from (
            values
            ('mart.proposal_line', 'company_id', 'The company: one Sage data folder'),
            ('mart.proposal_line', 'period', 'Month of the reconciliation; of a job''s end the month of that'),
            ('mart.proposal_line', 'run_no', 'Reconciliation that proposed it'),
            ('mart.proposal_line', 'line', 'Letter and number by which it is refused'),
            (
                'mart.proposal_line', 'kind',
                'adjustment, entry (of others), journal, release or keep (old accrual), dismissal, or the event'
            ),
            ('mart.proposal_line', 'subject', 'What it is about: codes, PO line, Sage row or posting reference'),
            ('mart.proposal_line', 'amount', 'Money it moves; null where it moves none by itself'),
            ('mart.proposal_line', 'proposed_because', 'Why it was proposed'),
            ('mart.proposal_line', 'proposed_by', 'Who prepared the run'),
            ('mart.proposal_line', 'decision', 'approved or refused; null while nobody decided'),
            ('mart.proposal_line', 'reason', 'Why it was refused; of an approved line the comment of the approval'),
            ('mart.proposal_line', 'decided_by', 'Who decided'),
            ('mart.proposal_line', 'decided_at', 'When'),
            ('recon.line_decision', 'run_no', 'Reconciliation that proposed the line'),
            ('recon.line_decision', 'line', 'Letter and number of the line'),
            ('recon.line_decision', 'company_id', 'The company: one Sage data folder'),
            ('recon.line_decision', 'decision', 'approved or refused'),
            ('recon.line_decision', 'reason', 'Why it was refused; of an approved line the comment of the approval'),
            ('recon.line_decision', 'line_hash', 'Hash of all the line said when it was decided'),
            ('recon.line_decision', 'approval_id', 'Decision about the run it was taken with'),
            ('recon.line_decision', 'stored_at', 'When it was written down')
        ) as w (relation, column_name, meaning)
    loop
        execute format('comment on column %s.%I is %L', said.relation, said.column_name, said.meaning);
    end loop;
end
$$;
comment on table recon.line_decision
is 'What a person decided about every line of a proposal, append-only; key: run_no, line';
