-- Go-live validation: a run per start of check__go_live, its checks, and who signed it (promise: go-live).
create table recon.go_live_run (
    run_no bigint generated always as identity primary key,
    company_id text not null references core.company,
    started_by text not null check (started_by <> ''),
    dag_run_id text not null,
    state text not null default 'checking' check (state in ('checking', 'reported', 'signed', 'refused')),
    content_hash text check (content_hash ~ '^[0-9a-f]{64}$'),
    exceptions text[] not null default '{}',
    approval_id bigint references audit.approval,
    started_at timestamptz not null default now(),
    reported_at timestamptz,
    unique (company_id, dag_run_id),
    check ((state in ('signed', 'refused')) = (approval_id is not null)),
    check (state = 'checking' or content_hash is not null)
);
comment on table recon.go_live_run is 'Go-live validations of a company and their signatures; key: run_no';
comment on column recon.go_live_run.run_no is 'Number of the validation, rising';
comment on column recon.go_live_run.company_id is 'The company: one Sage data folder';
comment on column recon.go_live_run.started_by is 'Who started it; never the person who signs';
comment on column recon.go_live_run.dag_run_id is 'Run of check__go_live in Airflow';
comment on column recon.go_live_run.state is 'checking, reported, signed, or refused by the controller';
comment on column recon.go_live_run.content_hash is 'sha256 of the checks as reported; what a signature is bound to';
comment on column recon.go_live_run.exceptions is 'Red checks that the signature names as exceptions';
comment on column recon.go_live_run.approval_id is 'The decision in audit.approval; null while none was taken';
comment on column recon.go_live_run.started_at is 'When it began';
comment on column recon.go_live_run.reported_at is 'When its report was written last';

create table recon.go_live_check (
    run_no bigint not null references recon.go_live_run,
    check_name text not null,
    company_id text not null,
    state text not null check (state in ('passed', 'failed', 'not applicable')),
    found text not null,
    expected text not null,
    next_step text not null,
    checked_at timestamptz not null default now(),
    primary key (run_no, check_name),
    check (state <> 'failed' or next_step <> '')
);
comment on table recon.go_live_check is 'Checks of a go-live validation; key: run_no, check_name';
comment on column recon.go_live_check.run_no is 'Validation the check belongs to';
comment on column recon.go_live_check.check_name is 'What was checked, the same in every run';
comment on column recon.go_live_check.company_id is 'The company: one Sage data folder';
comment on column recon.go_live_check.state is 'passed, failed or not applicable';
comment on column recon.go_live_check.found is 'What was found';
comment on column recon.go_live_check.expected is 'What had to be found';
comment on column recon.go_live_check.next_step is 'What a person does about it; empty unless failed';
comment on column recon.go_live_check.checked_at is 'When it was checked last';

-- What was reported is not written over: a signed or refused validation keeps its checks.
create function recon.keep_signed_checks() returns trigger
language plpgsql as $$
begin
    if exists (
        select
        from recon.go_live_run as r
        where r.run_no = coalesce(new.run_no, old.run_no) and r.state in ('signed', 'refused')
    ) then
        raise exception 'RS-658 a go-live validation that was decided about does not change; record: run %, check %; '
            'next step: start check__go_live anew', coalesce(new.run_no, old.run_no),
            coalesce(new.check_name, old.check_name) using errcode = 'integrity_constraint_violation';
    end if;
    return coalesce(new, old);
end
$$;
comment on function recon.keep_signed_checks is 'Refuses changes of checks of a validation that was decided about';
create trigger keep_signed before insert or update or delete on recon.go_live_check
for each row execute function recon.keep_signed_checks();
alter table recon.go_live_check enable always trigger keep_signed;

create view mart.go_live_check as
select
    r.company_id,
    r.run_no,
    c.check_name,
    c.state,
    c.found,
    c.expected,
    c.next_step,
    c.check_name = any(r.exceptions) as is_exception,
    c.checked_at,
    r.state as run_state,
    r.started_by,
    v.decided_by as signed_by,
    v.decided_at as signed_at,
    coalesce(v.comment, '') as comment,
    r.run_no = max(r.run_no) over (partition by r.company_id) as is_newest
from recon.go_live_run as r
inner join recon.go_live_check as c on c.run_no = r.run_no
left join audit.approval as v on v.approval_id = r.approval_id;
comment on view mart.go_live_check
is 'Go-live validation: every check of every run, and who signed; key: company_id, run_no, check_name';
comment on column mart.go_live_check.company_id is 'The company: one Sage data folder';
comment on column mart.go_live_check.run_no is 'Number of the validation';
comment on column mart.go_live_check.check_name is 'What was checked, the same in every run';
comment on column mart.go_live_check.state is 'passed, failed or not applicable';
comment on column mart.go_live_check.found is 'What was found';
comment on column mart.go_live_check.expected is 'What had to be found';
comment on column mart.go_live_check.next_step is 'What a person does about it; empty unless failed';
comment on column mart.go_live_check.is_exception is 'Whether the signature names it as an exception';
comment on column mart.go_live_check.checked_at is 'When it was checked last';
comment on column mart.go_live_check.run_state is 'checking, reported, signed or refused';
comment on column mart.go_live_check.started_by is 'Who started the validation';
comment on column mart.go_live_check.signed_by is 'Who signed or refused; null while nobody has';
comment on column mart.go_live_check.signed_at is 'When that person decided';
comment on column mart.go_live_check.comment is 'Reason given with the decision';
comment on column mart.go_live_check.is_newest is 'Whether this is the company''s newest validation';

-- A check that a later look at the same run no longer makes is taken back.
grant delete on recon.go_live_check to pipeline;
