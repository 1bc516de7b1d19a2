-- The events that the walk found no stock for, with their rule; one row per event.
create temporary table work_wait (component bigint not null, event_id text not null, rule text not null) on commit drop
