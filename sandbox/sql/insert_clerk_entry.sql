-- Keeps what the scenario's clerk will do by hand; grain: one entry.
insert into SANDBOX_CLERK_ENTRY (Entry_ID, Position, After_Period, Entry) values (:Entry_ID, :Position, :After_Period, :Entry)
