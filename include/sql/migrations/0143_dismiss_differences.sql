-- A difference that shall stand is dismissed with a reason and the approval of the run, bound to its amount and
-- content: where it moves it is open again (domain 7).

-- A decision that a difference may stand as it is; identity of the difference, both amounts, and one hash over all it
-- says and over the rows of Sage behind it.
create table recon.dismissal (
    dismissal_id bigint generated always as identity primary key,
    run_no bigint not null references recon.run,
    company_id text not null,
    period text not null,
    cause text not null,
    reference text not null check (reference <> ''),
    job text not null,
    extra text not null,
    cost_code text not null,
    category text not null,
    commitment text not null,
    item_number integer not null,
    amount_ours numeric(14, 2) not null,
    amount_sage numeric(14, 2) not null,
    row_hash text not null check (row_hash ~ '^[0-9a-f]{64}$'),
    reason text not null check (reason <> ''),
    content_hash text not null,
    proposed_by text not null,
    approval_id bigint references audit.approval,
    state text not null default 'proposed' check (state in ('proposed', 'approved', 'refused')),
    created_at timestamptz not null default now(),
    check ((approval_id is null) = (state = 'proposed')),
    unique (run_no, cause, reference, job, extra, cost_code, category)
);
create index on recon.dismissal (company_id, reference);
call core.protect_rows('recon.dismissal');

create trigger guard_decision before update or delete on recon.dismissal
for each row execute function recon.guard_decision();
create trigger guard_decision_all before truncate on recon.dismissal
for each statement execute function recon.guard_decision();
alter table recon.dismissal enable always trigger guard_decision;
alter table recon.dismissal enable always trigger guard_decision_all;

alter table recon.difference add column dismissal_id bigint references recon.dismissal;

-- What a difference says, and what the rows of Sage with its reference say, as one hash; a row that moves to the
-- history says the same.
create function recon.difference_hash(found recon.difference) returns text
language sql stable
return encode(
    sha256(
        convert_to(
            concat_ws(
                E'\x1f', found.company_id, found.cause, found.side, found.reference, found.job, found.extra,
                found.cost_code, found.category, found.commitment, coalesce(found.item_number, 0)::text,
                to_char(found.transaction_date, 'YYYY-MM-DD'), found.amount_ours::text, found.amount_sage::text,
                (
                    select string_agg(recon.row_content(t), E'\x1e' order by recon.row_content(t))
                    from core.job_cost_transaction as t
                    where
                        t.company_id = found.company_id and t.ref_1 = found.reference and t.ref_1 <> ''
                        and t.transaction_type = 'JC cost' and t.source in ('CURRENT', 'HISTORY')
                        and t.gone_at is null
                )
            ),
            'UTF8'
        )
    ),
    'hex'
);
comment on function recon.difference_hash(recon.difference)
is 'What a difference and the rows of Sage behind it say, as one hash; another amount, date or code changes it';

-- One hash over everything a run proposes, as before, with the differences it dismisses.
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

-- Differences for their readers, as before, with who dismissed one that is.
create or replace view mart.sage_difference with (security_invoker = true) as
select
    d.company_id,
    d.period,
    d.difference_id,
    d.side,
    d.cause,
    d.reference,
    d.sage_transaction_id,
    d.job,
    d.extra,
    d.cost_code,
    d.category,
    d.commitment,
    d.item_number,
    d.transaction_date,
    d.amount_ours,
    d.amount_sage,
    d.state,
    d.explanation,
    d.first_seen_at,
    extract(day from now() - d.first_seen_at)::integer as age_days,
    d.run_no,
    x.proposed_by as dismissed_by,
    v.decided_by as dismissal_approved_by,
    v.decided_at as dismissed_at
from recon.difference as d
inner join recon.current_run as r
    on r.run_no = d.run_no or (r.proves_run_no = d.run_no and d.state = 'resolved')
left join recon.dismissal as x on x.dismissal_id = d.dismissal_id
left join audit.approval as v on v.approval_id = x.approval_id;

do $$
declare
    said record;
begin
    for said in
        select *
        from (
            values
            ('mart.sage_difference', 'dismissed_by', 'Who let it stand, where it is dismissed'),
            ('mart.sage_difference', 'dismissal_approved_by', 'Who approved that; null while it is proposed'),
            ('mart.sage_difference', 'dismissed_at', 'When it was approved'),
            ('recon.difference', 'dismissal_id', 'Decision by which it stands as it is'),
            ('recon.dismissal', 'dismissal_id', 'Number of the decision'),
            ('recon.dismissal', 'run_no', 'Reconciliation that proposes it'),
            ('recon.dismissal', 'company_id', 'The company: one Sage data folder'),
            ('recon.dismissal', 'period', 'Month of the reconciliation'),
            ('recon.dismissal', 'cause', 'Cause of the difference'),
            ('recon.dismissal', 'reference', 'Posting reference of the difference'),
            ('recon.dismissal', 'job', 'Job in Sage'),
            ('recon.dismissal', 'extra', 'Extra of the job; empty = base job'),
            ('recon.dismissal', 'cost_code', 'Cost code'),
            ('recon.dismissal', 'category', 'Category'),
            ('recon.dismissal', 'commitment', 'Commitment (purchase order) in Sage'),
            ('recon.dismissal', 'item_number', 'Item number of the commitment; 0 = none'),
            ('recon.dismissal', 'amount_ours', 'Our amount that the decision is about'),
            ('recon.dismissal', 'amount_sage', 'Amount in Sage that the decision is about'),
            ('recon.dismissal', 'row_hash', 'Hash of all the difference said, and of the rows in Sage behind it'),
            ('recon.dismissal', 'reason', 'Why it may stand, in words'),
            ('recon.dismissal', 'content_hash', 'Hash of the whole proposal'),
            ('recon.dismissal', 'proposed_by', 'Who prepared the run'),
            ('recon.dismissal', 'approval_id', 'Decision of another person'),
            ('recon.dismissal', 'state', 'proposed, approved or refused'),
            ('recon.dismissal', 'created_at', 'When it was proposed')
        ) as w (relation, column_name, meaning)
    loop
        execute format('comment on column %s.%I is %L', said.relation, said.column_name, said.meaning);
    end loop;
end
$$;
comment on table recon.dismissal
is 'Differences that may stand as they are, by decision, bound to amount and content; key: dismissal_id';
