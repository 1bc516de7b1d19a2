-- Columns of the event log as the database has them; one row per column.
select c.column_name
from information_schema.columns as c
where c.table_schema = 'ledger' and c.table_name = 'material_event'
order by c.ordinal_position
