-- Tables, views and functions of the schemas with their comments, schemas in the order they are given; one row per
-- column, for a function one row without a column.
with catalogue as (
    select
        n.nspname as schema_name,
        c.relname::text as relation_name,
        case c.relkind when 'v' then 'View' else 'Table' end as relation_kind,
        coalesce(obj_description(c.oid, 'pg_class'), '') as relation_meaning,
        a.attnum as place,
        a.attname as column_name,
        format_type(a.atttypid, a.atttypmod) as column_type,
        coalesce(col_description(c.oid, a.attnum), '') as column_meaning
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'v')
    union all
    select
        n.nspname as schema_name,
        format('%%s(%%s)', p.proname, pg_get_function_arguments(p.oid)) as relation_name,
        'Function' as relation_kind,
        obj_description(p.oid, 'pg_proc') as relation_meaning,
        0 as place,
        null as column_name,
        null as column_type,
        null as column_meaning
    from pg_proc as p
    inner join pg_namespace as n on n.oid = p.pronamespace
    where obj_description(p.oid, 'pg_proc') is not null
)

select
    c.schema_name,
    c.relation_name,
    c.relation_kind,
    c.relation_meaning,
    c.column_name,
    c.column_type,
    c.column_meaning
from catalogue as c
where c.schema_name = any(%(schemas)s)
order by array_position(%(schemas)s, c.schema_name::text), c.relation_name collate "C", c.place
