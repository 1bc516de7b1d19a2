-- Roles and rights of the warehouse against what flows and people need; one row per promise.
with role as (
    select
        w.name,
        r.oid
    from
        unnest(array[
            'owner', 'migrator', 'pipeline', 'runblu_inbox', 'finance', 'oncall', 'analyst', 'auditor'
        ]) as w (name)
    left join pg_roles as r on r.rolname = w.name
),

promise as (
    select
        'warehouse.role ' || r.name as name,
        r.oid is not null as is_good,
        'the role is there' as expected
    from role as r
    union all
    select
        'warehouse.login' as name,
        pg_has_role(current_user, r.oid, 'member') as is_good,
        'the login of connection warehouse is a member of pipeline' as expected
    from role as r
    where r.name = 'pipeline'
    union all
    select
        'warehouse.right append only' as name,
        not has_table_privilege(r.oid, 'ledger.material_event', 'update, delete') as is_good,
        'pipeline may not change material events' as expected
    from role as r
    where r.name = 'pipeline'
    union all
    select
        'warehouse.right inbox' as name,
        has_column_privilege(r.oid, 'ledger.event_inbox', 'document', 'insert')
        and not has_table_privilege(r.oid, 'ledger.event_inbox', 'select') as is_good,
        'runblu_inbox may put events in and read none' as expected
    from role as r
    where r.name = 'runblu_inbox'
    union all
    select
        'warehouse.right analyst' as name,
        has_table_privilege(r.oid, 'mart.transfer', 'select')
        and not has_schema_privilege(r.oid, 'ledger', 'usage') as is_good,
        'analyst reads mart and nothing else' as expected
    from role as r
    where r.name = 'analyst'
)

select
    p.name,
    coalesce(p.is_good, false) as is_good,
    case when p.is_good then 'as expected' else 'not so, as ' || current_user end as found,
    p.expected,
    'run the migrations as the owner of the database, then grant pipeline to the login of the flows' as next_step
from promise as p
