-- Working table of one landing: every broken rule of every staged row.
create temporary table staged_violation (
    row_no bigint not null,
    rule text not null,
    found text
) on commit drop
