-- Take the marks of what may be due: touched entries, and all of PO lines whose policies changed; one row per run.
with taken as (
    delete from outbox.touched_entry as t
    where t.company_id = %(company_id)s
    returning t.first_entry_id, t.last_entry_id
),

marked as materialized (
    select range_agg(int8range(t.first_entry_id, t.last_entry_id, '[]')) as entries
    from taken as t
),

run as (
    select unnest(m.entries) as entries
    from marked as m
    union all
    select int8range(e.entry_id, e.entry_id, '[]') as entries
    from changed_policy as c
    inner join ledger.value_entry as e
        on e.company_id = %(company_id)s and c.commitment = e.commitment and c.item_number = e.item_number
    cross join marked as m
    where e.measure in ('installed', 'wasted') and not coalesce(m.entries @> e.entry_id, false)
)

insert into work_run (first_entry_id, last_entry_id)
select
    lower(a.entries) as first_entry_id,
    upper(a.entries) - 1 as last_entry_id
from (
    select unnest(range_agg(r.entries)) as entries
    from run as r
) as a
