-- Gives the clerk's entries not yet done whose month has been closed, in order; grain: one entry.
select Entry_ID, Entry
from SANDBOX_CLERK_ENTRY
where Done_At is null and After_Period <= :after
order by After_Period, Position
