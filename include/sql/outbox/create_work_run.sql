-- Runs of value entries that one preparation looks at, apart from each other; gone at commit.
create temporary table work_run (
    first_entry_id bigint not null,
    last_entry_id bigint not null
) on commit drop
