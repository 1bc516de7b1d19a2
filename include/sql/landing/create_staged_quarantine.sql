-- Working table of one landing: the staged rows that stay out of it.
create temporary table staged_quarantine (
    row_no bigint primary key
) on commit drop
