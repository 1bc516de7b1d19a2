-- Which of some tables the planner knows too little of after so many rows changed: a tenth of what it thinks there is
-- (-1 = it never looked), or many that are a fiftieth; one row per table. A look costs the same however few rows are
-- new.
select c.oid::regclass::text as relation
from unnest(%(tables)s::text[]) as t (relation)
inner join pg_catalog.pg_class as c on c.oid = t.relation::regclass
where
    c.reltuples <= %(changed_rows)s::bigint * 10
    or (%(changed_rows)s >= %(many_rows)s and c.reltuples <= %(changed_rows)s::bigint * 50)
order by relation
