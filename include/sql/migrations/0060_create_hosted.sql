-- Hosted Sage: documents as the service showed them, feeds made of them, and every write with what became of it.
-- A feed is sealed under its number before it lands, as a file is; a write is stored before its first byte leaves.
create table landing.hosted_document (
    company_id text not null references core.company,
    resource text not null,
    document_id text not null,
    parent_id text not null default '',
    version bigint not null,
    body jsonb not null,
    seen_at timestamptz not null default now(),
    primary key (company_id, resource, document_id)
);
create index hosted_document_parent on landing.hosted_document (company_id, resource, parent_id);

create table landing.hosted_cursor (
    company_id text not null references core.company,
    resource text not null,
    version bigint not null,
    read_at timestamptz not null default now(),
    primary key (company_id, resource)
);

create table landing.hosted_feed (
    company_id text not null references core.company,
    flow text not null,
    environment text not null,
    seq bigint not null,
    file_name text not null unique,
    content bytea not null,
    manifest bytea not null,
    sha256 text not null,
    sealed_at timestamptz not null default now(),
    primary key (company_id, flow, environment, seq)
);

create table outbox.hosted_write (
    batch_id bigint not null references outbox.batch,
    line_number integer not null,
    company_id text not null,
    reference text not null,
    body text not null,
    look_from bigint not null,
    entity_id text,
    operation_id text,
    result text check (result in ('ACCEPTED', 'REJECTED')),
    message text not null default '',
    stored_at timestamptz not null default now(),
    settled_at timestamptz,
    primary key (batch_id, line_number)
);
create index hosted_write_open on outbox.hosted_write (company_id, batch_id) where result is null;

comment on table landing.hosted_document is
'Documents of the hosted service as last shown; key: company_id, resource, document_id';
comment on column landing.hosted_document.company_id is 'The company: one Sage data folder';
comment on column landing.hosted_document.resource is 'Kind of document, as in docs/hosted.md';
comment on column landing.hosted_document.document_id is 'Id the service gives it';
comment on column landing.hosted_document.parent_id is 'Id of the document it was asked for by; empty: none';
comment on column landing.hosted_document.version is 'Version the service gave it';
comment on column landing.hosted_document.body is 'The document; numbers with a fraction as text';
comment on column landing.hosted_document.seen_at is 'When this version was read';
comment on table landing.hosted_cursor is
'How far each resource of the hosted service was read; key: company_id, resource';
comment on column landing.hosted_cursor.company_id is 'The company: one Sage data folder';
comment on column landing.hosted_cursor.resource is 'Kind of document, as in docs/hosted.md';
comment on column landing.hosted_cursor.version is 'Highest version read whole';
comment on column landing.hosted_cursor.read_at is 'When it was read';
comment on table landing.hosted_feed is
'Feeds made of hosted documents, sealed before they land; key: company_id, flow, environment, seq';
comment on column landing.hosted_feed.company_id is 'The company: one Sage data folder';
comment on column landing.hosted_feed.flow is 'Inbound feed, such as JOB';
comment on column landing.hosted_feed.environment is 'PROD or TEST';
comment on column landing.hosted_feed.seq is
'Number of the transfer, without a gap per company, flow and environment';
comment on column landing.hosted_feed.file_name is 'Name of the transfer, as of a file';
comment on column landing.hosted_feed.content is 'Its bytes, never changed';
comment on column landing.hosted_feed.manifest is 'Bytes of its manifest';
comment on column landing.hosted_feed.sha256 is 'sha256 of its bytes, hexadecimal';
comment on column landing.hosted_feed.sealed_at is 'When its bytes were fixed';
comment on table outbox.hosted_write is
'Lines of a batch on their way into hosted Sage, two steps each; key: batch_id, line_number';
comment on column outbox.hosted_write.batch_id is 'Batch the line belongs to';
comment on column outbox.hosted_write.line_number is 'Line of the batch, from 1; 0: the batch as one document';
comment on column outbox.hosted_write.company_id is 'The company: one Sage data folder';
comment on column outbox.hosted_write.reference is 'Our reference, by which an outcome is looked up';
comment on column outbox.hosted_write.body is 'Request body, stored before the first call and never changed';
comment on column outbox.hosted_write.look_from is 'Version of the service above which a write of ours must show';
comment on column outbox.hosted_write.entity_id is
'Id the service gave what was sent; null before the first step is known';
comment on column outbox.hosted_write.operation_id is
'Id of the operation that brings it to Sage; null before the second';
comment on column outbox.hosted_write.result is 'ACCEPTED or REJECTED once the operation has completed';
comment on column outbox.hosted_write.message is 'Reason of a rejection in the words of the service';
comment on column outbox.hosted_write.stored_at is 'When the body was stored';
comment on column outbox.hosted_write.settled_at is 'When the result became known';
