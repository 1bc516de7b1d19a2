-- What was told of a file to whoever draws lineage: each of its states once, whatever a killed run had written.
create table audit.lineage (
    company_id text not null,
    direction text not null,
    file_name text not null,
    state text not null,
    written_at timestamptz not null default clock_timestamp(),
    primary key (company_id, direction, file_name, state)
);
comment on table audit.lineage
is 'States of files that stand in lineage events; key: company_id, direction, file_name, state';
comment on column audit.lineage.company_id is 'The company: one Sage data folder';
comment on column audit.lineage.direction is 'in or out';
comment on column audit.lineage.file_name is 'Name of the file';
comment on column audit.lineage.state is 'State of the file that was told';
comment on column audit.lineage.written_at is 'When its event was written';
create index on audit.lineage (written_at);
call core.protect_rows('audit.lineage', $$company_id = any((select core.companies_seen())::text [])$$);
grant select, insert on audit.lineage to pipeline;
grant select on audit.lineage to oncall, auditor, finance;
