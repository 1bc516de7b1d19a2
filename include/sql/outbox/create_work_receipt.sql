-- Working table of one making of confirmations: the events that are compared, each once.
create temporary table work_receipt (event_id text not null) on commit drop
