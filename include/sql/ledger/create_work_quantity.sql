-- The quantities that events count as where four places cannot hold what was said, in the unit of their line; one row
-- per event of which that is another one than what it says rounded by itself.
create temporary table work_quantity (
    company_id text not null, event_id text not null, quantity numeric(18, 4) not null
) on commit drop
