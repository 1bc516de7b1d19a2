-- Which of some tables the planner knows too little of after so many rows changed: many, or a tenth of what it thinks
-- there is (-1 = it never looked); one row per table.
select c.oid::regclass::text as relation
from unnest(%(tables)s::text[]) as t (relation)
inner join pg_catalog.pg_class as c on c.oid = t.relation::regclass
where %(changed_rows)s >= %(many_rows)s or c.reltuples <= %(changed_rows)s * 10
order by relation
