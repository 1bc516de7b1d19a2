-- Which of some tables, or of their partitions, the planner knows too little of: it never looked (-1), or since it
-- looked a tenth of the rows changed, or the file grew by a tenth (a restart may forget how many rows changed); one row
-- per table.
select c.oid::regclass::text as relation
from unnest(%(tables)s::text[]) as t (relation)
left join lateral pg_partition_tree(t.relation::regclass) as p on p.isleaf
inner join pg_catalog.pg_class as c on c.oid = coalesce(p.relid, t.relation::regclass) and c.relkind = 'r'
left join pg_catalog.pg_stat_all_tables as s on s.relid = c.oid
where
    c.reltuples < 0
    or s.n_mod_since_analyze * 10 > c.reltuples
    or pg_relation_size(c.oid) * 10 > c.relpages * current_setting('block_size')::bigint * 11
order by relation
