-- Remembers which row a scenario's invoice or a clerk's entry became; grain: one source.
insert into SANDBOX_SOURCE (Source_ID, Row_ID) values (:Source_ID, :Row_ID)
