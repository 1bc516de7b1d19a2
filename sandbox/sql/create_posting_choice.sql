-- Which rows a posting is about, in order; lives as long as the connection.
create temporary table if not exists posting_choice (
    Row_ID text not null primary key,
    Place integer not null
);
