-- The views of schema mart with their number of columns, by name; one row per view.
select
    c.table_name as view,
    count(*)::integer as columns
from information_schema.columns as c
inner join information_schema.tables as t
    on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'VIEW'
where c.table_schema = 'mart'
group by c.table_name
order by c.table_name
