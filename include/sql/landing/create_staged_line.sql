-- Working table of one landing of documents: the lines of the file as they came, one row each.
create temporary table staged_line (
    row_no bigint generated always as identity,
    line text
) on commit drop
