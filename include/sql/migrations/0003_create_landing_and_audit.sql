-- Transfers, exceptions, watermarks, chain heads and approvals.
-- One row per file sent or received. Inbound states: arrived (being taken), parked, refused, waiting_approval (may
-- still land); landed, duplicate, superseded, quarantined (final). Outbound states as in outbox.batch.
-- sha256 as the manifest gives it; server_stamp: size and time of file and manifest on the server when last looked at.
create table audit.transfer (
    transfer_id bigint generated always as identity primary key,
    company_id text not null,
    flow text not null,
    direction text not null check (direction in ('in', 'out')),
    environment text not null,
    seq bigint not null,
    rev integer not null,
    file_name text not null,
    state text not null,
    row_count bigint,
    rows_landed bigint,
    rows_quarantined bigint,
    rows_changed bigint,
    byte_count bigint,
    sha256 text,
    manifest jsonb,
    validation jsonb,
    reason text not null default '',
    attempts integer not null default 1,
    server_stamp text not null default '',
    found_at timestamptz not null default now(),
    finished_at timestamptz,
    acknowledged_at timestamptz,
    unique (company_id, direction, flow, environment, seq, rev, sha256)
);

create index transfer_by_name on audit.transfer (company_id, environment, file_name);
create index transfer_unacknowledged on audit.transfer (company_id, environment)
where direction = 'in' and acknowledged_at is null;

-- Bytes as received, kept by content: small files in the row, large ones under file_path in the raw folder.
create table landing.raw_file (
    sha256 text primary key,
    byte_count bigint not null,
    content bytea,
    file_path text,
    stored_at timestamptz not null default now(),
    check ((content is null) <> (file_path is null))
);

create table audit.watermark (
    company_id text not null,
    flow text not null,
    environment text not null,
    seq bigint not null,
    rev integer not null,
    sha256 text not null,
    row_count bigint not null,
    extracted_at timestamptz not null,
    landed_at timestamptz not null default now(),
    primary key (company_id, flow, environment)
);

-- Every refused record with its reason and remedy; closed_at null = open. One open row per company, record kind, key
-- and rule.
create table audit.exception (
    exception_id bigint generated always as identity primary key,
    company_id text not null,
    record_kind text not null,
    record_key text not null,
    rule text not null,
    reason text not null,
    remedy text not null,
    owner text not null,
    payload jsonb not null default '{}',
    transfer_id bigint,
    attempts integer not null default 1,
    opened_at timestamptz not null default now(),
    last_attempt_at timestamptz not null default now(),
    closed_at timestamptz,
    closed_by text
);
create unique index exception_open_once on audit.exception (company_id, record_kind, record_key, rule)
where closed_at is null;

create table audit.chain_head (
    batch bigint generated always as identity primary key,
    company_id text not null,
    event_count bigint not null,
    root bytea not null check (length(root) = 32),
    previous_root bytea not null check (length(previous_root) = 32),
    created_at timestamptz not null default now(),
    published_at timestamptz,
    published_as text
);

-- Append-only; content_hash is the sha256 of exactly what was shown for approval.
create table audit.approval (
    approval_id bigint generated always as identity primary key,
    company_id text not null,
    subject_kind text not null,
    subject_id text not null,
    content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
    prepared_by text not null,
    decided_by text not null,
    decision text not null check (decision in ('approved', 'refused')),
    comment text not null default '',
    dag_id text not null,
    run_id text not null,
    decided_at timestamptz not null default now(),
    check (decided_by <> prepared_by)
);
