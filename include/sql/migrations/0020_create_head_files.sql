-- Heads of the event chain on their way out of the database, and a verification that is quicker and sees more.
-- Bytes are sealed before anything is sent, as for every other file; heads of a file are those above the last one's.
create table audit.head_file (
    file_id bigint generated always as identity primary key,
    company_id text not null references core.company,
    environment text not null,
    seq bigint not null,
    file_name text not null unique,
    content bytea not null,
    manifest bytea not null,
    sha256 text not null,
    row_count bigint not null check (row_count > 0),
    first_batch bigint not null,
    last_batch bigint not null check (last_batch >= first_batch),
    last_root bytea not null check (length(last_root) = 32),
    sealed_at timestamptz not null default now(),
    sent_at timestamptz,
    unique (company_id, environment, seq)
);
create index head_file_unsent on audit.head_file (company_id, seq) where sent_at is null;

comment on table audit.head_file is 'Heads of the event chain as files outside the database; key: file_id';
comment on column audit.head_file.file_id is 'Number of the row, rising';
comment on column audit.head_file.company_id is 'The company: one Sage data folder';
comment on column audit.head_file.environment is 'PROD or TEST';
comment on column audit.head_file.seq is 'Number of the file, without a gap per company and environment';
comment on column audit.head_file.file_name is 'Name of the file in the folder audit of the company';
comment on column audit.head_file.content is 'Its bytes, never changed';
comment on column audit.head_file.manifest is 'Bytes of its manifest';
comment on column audit.head_file.sha256 is 'sha256 of its bytes, hexadecimal';
comment on column audit.head_file.row_count is 'Heads in it';
comment on column audit.head_file.first_batch is 'First batch whose head it holds';
comment on column audit.head_file.last_batch is 'Last batch whose head it holds';
comment on column audit.head_file.last_root is 'Root of that last batch';
comment on column audit.head_file.sealed_at is 'When its bytes were fixed';
comment on column audit.head_file.sent_at is 'When file and manifest were seen on the server; null before';

-- Recompute the whole chain of a company; one row per broken batch with the first thing wrong. Nothing returned =
-- intact. A leaf is worked out once a row. No value holds U+001E or U+001F, which keep fields apart and stand for null:
-- no document with a control character lands, so one that is there was put there to move bytes between columns.
create or replace function ledger.verify_chain(wanted_company text) returns table (batch bigint, finding text)
language sql stable as $$
    with leaves as materialized (
        select
            e.batch,
            e.batch_position,
            e.leaf_hash,
            ledger.event_leaf(e) as leaf,
            concat(
                e.company_id, e.event_id, e.event_type, e.occurred_text, e.actor, e.device, e.commitment,
                e.standard_item, e.location, e.unit, e.job, e.extra, e.cost_code, e.category, e.receipt_event_id,
                e.reverses_event_id, e.reason, e.disposition, e.to_job, e.to_location, e.evidence_hash
            ) !~ E'[\x1e\x1f]' as is_clean
        from ledger.material_event as e
        where e.company_id = wanted_company
    ),

    rows_found as (
        select
            l.batch,
            count(*) as event_count,
            min(l.batch_position) as first_position,
            max(l.batch_position) as last_position,
            bool_and(l.leaf_hash = l.leaf) as has_good_leaves,
            bool_and(l.is_clean) as is_clean,
            array_agg(l.leaf order by l.batch_position) as leaves
        from leaves as l
        group by l.batch
    ),

    heads as (
        select
            h.batch,
            h.event_count,
            h.root,
            h.previous_root,
            lag(h.root, 1, decode(repeat('00', 32), 'hex')) over (order by h.batch) as expected_previous
        from audit.chain_head as h
        where h.company_id = wanted_company
    )

    select
        coalesce(heads.batch, rows_found.batch) as batch,
        case
            when heads.batch is null then 'events of a batch that has no chain head'
            when heads.previous_root <> heads.expected_previous then 'previous root does not match the batch before'
            when rows_found.batch is null then 'all events of the batch are gone'
            when rows_found.event_count <> heads.event_count then 'number of events differs'
            when rows_found.first_position <> 1 or rows_found.last_position <> heads.event_count then 'positions have a gap'
            when not rows_found.has_good_leaves then 'an event differs from its leaf hash'
            when not rows_found.is_clean then 'a value holds a mark of the canonical text'
            else 'root differs from the recomputed one'
        end as finding
    from heads
    full join rows_found on rows_found.batch = heads.batch
    where
        heads.batch is null
        or rows_found.batch is null
        or heads.previous_root <> heads.expected_previous
        or rows_found.event_count <> heads.event_count
        or rows_found.first_position <> 1
        or rows_found.last_position <> heads.event_count
        or not rows_found.has_good_leaves
        or not rows_found.is_clean
        or heads.root <> ledger.batch_root(
            heads.previous_root, wanted_company, heads.batch, heads.event_count, rows_found.leaves
        )
    order by 1
$$;
