-- Working table of one landing: event documents as received, one row per document.
create temporary table if not exists staged_event (
    row_no bigint not null,
    company_id text not null,
    event_id text,
    document jsonb not null
) on commit drop
