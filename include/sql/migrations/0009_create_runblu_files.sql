-- Files for RunBlu (changed master data, exceptions, proposed events) and what of every record was sent last.
-- state: sealed (bytes fixed), sent (data and manifest seen on the server), received or refused (RunBlu's answer).
create table outbox.runblu_file (
    file_id bigint generated always as identity primary key,
    company_id text not null references core.company,
    flow text not null check (flow in ('MASTER', 'EXCEPT', 'PROPOSAL')),
    environment text not null,
    seq bigint not null,
    file_name text not null unique,
    content bytea not null,
    manifest bytea not null,
    sha256 text not null,
    row_count bigint not null check (row_count > 0),
    state text not null default 'sealed' check (state in ('sealed', 'sent', 'received', 'refused')),
    ack bytea,
    sealed_at timestamptz not null default now(),
    sent_at timestamptz,
    received_at timestamptz,
    unique (company_id, flow, environment, seq)
);
create index on outbox.runblu_file (company_id, flow, seq) where state <> 'received';

-- The version of each record that the last sealed file told RunBlu; a record with another version now is due again.
create table outbox.runblu_record (
    company_id text not null,
    flow text not null check (flow in ('MASTER', 'EXCEPT', 'PROPOSAL')),
    record_key text not null,
    version text not null,
    file_id bigint not null references outbox.runblu_file,
    primary key (company_id, flow, record_key)
);

-- A row as a document for people and programs outside: numbers as text, so that no reader turns money into a float.
create function outbox.text_document(source jsonb) returns jsonb
language sql immutable parallel safe
return (
    select
        jsonb_object_agg(
            field.key,
            case jsonb_typeof(field.value)
                when 'number' then to_jsonb(field.value #>> '{}')
                else field.value
            end
        )
    from jsonb_each(source) as field
);
