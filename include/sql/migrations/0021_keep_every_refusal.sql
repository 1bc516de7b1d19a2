-- Nothing refused is forgotten: payloads that a later refusal replaced, why a person gave a record up, depth and age.
alter table audit.exception add column dismissed_reason text;
comment on column audit.exception.dismissed_reason
is 'Why a person decided that the record will never land; null for all others. Who: audit.approval';
comment on column audit.exception.attempts is 'How often the record was tried';
alter table audit.exception
add constraint dismissed_is_closed check (dismissed_reason is null or closed_at is not null);
create index exception_dismissed on audit.exception (company_id, record_kind, record_key, rule)
where dismissed_reason is not null;

-- audit.exception holds the newest payload of an open exception; the ones before stand here.
create table audit.exception_payload (
    payload_id bigint generated always as identity primary key,
    exception_id bigint not null references audit.exception,
    payload jsonb not null,
    transfer_id bigint,
    replaced_at timestamptz not null default now()
);
create index on audit.exception_payload (exception_id);
comment on table audit.exception_payload
is 'Payloads of exceptions that a later refusal of the same record replaced, append-only; key: payload_id';
comment on column audit.exception_payload.payload_id is 'Number of the row, rising';
comment on column audit.exception_payload.exception_id is 'The exception';
comment on column audit.exception_payload.payload is 'What was refused';
comment on column audit.exception_payload.transfer_id is 'The transfer it came with; null where it came another way';
comment on column audit.exception_payload.replaced_at is 'When another payload took its place';
revoke update, delete, truncate on audit.exception_payload from pipeline;
create trigger append_only before update or delete or truncate on audit.exception_payload
for each statement execute function audit.refuse_change();
alter table audit.exception_payload enable always trigger append_only;

-- Records only: what a finding of ours carries as payload (figures of a lane, of a file) is no evidence of others.
create function audit.keep_payload() returns trigger
language plpgsql as $$
begin
    insert into audit.exception_payload (exception_id, payload, transfer_id)
    values (old.exception_id, old.payload, old.transfer_id);
    return null;
end
$$;
comment on function audit.keep_payload is 'Keeps the payload of an exception that another one replaces';
create trigger keep_payload after update of payload on audit.exception
for each row when (old.payload is distinct from new.payload and old.record_kind not in (
    'file', 'batch', 'cost_posting', 'receiving_confirmation', 'job_cost_transaction', 'material_event'
)) execute function audit.keep_payload();

create view mart.exception_backlog as
select
    x.company_id,
    x.record_kind,
    x.rule,
    x.owner,
    count(*) as records,
    min(x.opened_at) as oldest_opened_at,
    extract(day from now() - min(x.opened_at))::integer as oldest_age_days,
    count(*) filter (where x.opened_at > now() - interval '1 day') as records_new_today,
    max(x.attempts) as most_attempts,
    max(x.last_attempt_at) as last_attempt_at
from audit.exception as x
where x.closed_at is null
group by x.company_id, x.record_kind, x.rule, x.owner;
comment on view mart.exception_backlog
is 'Depth and age of what waits for a repair; key: company_id, record_kind, rule, owner';
comment on column mart.exception_backlog.company_id is 'The company: one Sage data folder';
comment on column mart.exception_backlog.record_kind
is 'What waits: a flow of the mirror, event_document, material_event, cost_posting, file and so on';
comment on column mart.exception_backlog.rule is 'Rule that is broken';
comment on column mart.exception_backlog.owner is 'Who owns the cure';
comment on column mart.exception_backlog.records is 'Open exceptions';
comment on column mart.exception_backlog.oldest_opened_at is 'When the oldest of them was opened';
comment on column mart.exception_backlog.oldest_age_days is 'Whole days since then';
comment on column mart.exception_backlog.records_new_today is 'How many were opened in the last 24 hours';
comment on column mart.exception_backlog.most_attempts is 'Most attempts at one of them';
comment on column mart.exception_backlog.last_attempt_at is 'When one of them was tried last';
grant select on mart.exception_backlog to analyst;
