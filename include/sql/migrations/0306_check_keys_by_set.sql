-- Keys of large tables are looked at once for all rows of a statement and not row by row: 6 microseconds a row and key
-- were half of what links between entries and cost lines took. The key stays declared, error and code are the same.
-- A key that is not enforced exists from Postgres 18 on; where the server is older everything stays as it was.

-- For rows that are new: none without what it names. The bounds let the planner know how little of the named table is
-- concerned.
create function core.refuse_orphans() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    key_name constant text := tg_argv[0];
    own constant text := tg_argv[1];
    named constant regclass := tg_argv[2]::regclass;
    named_column constant text := tg_argv[3];
    lowest text;
    highest text;
    orphan text;
begin
    execute format('select min(n.%1$I)::text, max(n.%1$I)::text from new_rows as n', own) into lowest, highest;
    if lowest is null then
        return null;
    end if;
    execute format(
        'select min(n.%1$I)::text from new_rows as n where n.%1$I is not null and not exists ('
        'select from %2$s as p where p.%3$I = n.%1$I and p.%3$I between %4$L and %5$L)',
        own, named, named_column, lowest, highest
    ) into orphan;
    if orphan is not null then
        raise foreign_key_violation using
            message = format(
                'insert or update on table "%s" violates foreign key constraint "%s"', tg_table_name, key_name
            ),
            detail = format('Key (%s)=(%s) is not present in table "%s".', own, orphan, tg_argv[4]),
            schema = tg_table_schema, table = tg_table_name, constraint = key_name;
    end if;
    return null;
end
$$;
comment on function core.refuse_orphans is 'Refuses new rows that name what is not there, for all rows of a statement';

-- For a row whose key is changed, which no program of ours does.
create function core.refuse_orphan() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    own constant text := tg_argv[1];
    wanted text;
    is_there boolean;
begin
    execute format('select ($1).%I::text', own) using new into wanted;
    execute format('select exists (select from %s as p where p.%I = %L)', tg_argv[2]::regclass, tg_argv[3], wanted)
    into is_there;
    if wanted is not null and not is_there then
        raise foreign_key_violation using
            message = format(
                'insert or update on table "%s" violates foreign key constraint "%s"', tg_table_name, tg_argv[0]
            ),
            detail = format('Key (%s)=(%s) is not present in table "%s".', own, wanted, tg_argv[4]),
            schema = tg_table_schema, table = tg_table_name, constraint = tg_argv[0];
    end if;
    return null;
end
$$;
comment on function core.refuse_orphan is 'Refuses a changed key that names what is not there';

-- For a row that is named: it stays as long as it is, and whoever is about to name it is waited for.
create function core.keep_named() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    naming constant regclass := tg_argv[1]::regclass;
    own constant text := tg_argv[3];
    kept text;
    is_named boolean;
begin
    execute format('select ($1).%I::text', own) using old into kept;
    execute format('lock table %s in share row exclusive mode', naming);
    execute format(
        'select exists (select from %s as n where n.%I = %L) and not exists (select from %s as p where p.%I = %L)',
        naming, tg_argv[2], kept, tg_relid::regclass, own, kept
    ) into is_named;
    if is_named then
        raise foreign_key_violation using
            message = format(
                'update or delete on table "%s" violates foreign key constraint "%s" on table "%s"',
                tg_table_name, tg_argv[0], tg_argv[4]
            ),
            detail = format('Key (%s)=(%s) is still referenced from table "%s".', own, kept, tg_argv[4]),
            schema = tg_table_schema, table = tg_argv[4], constraint = tg_argv[0];
    end if;
    return null;
end
$$;
comment on function core.keep_named is 'Refuses to take away or renumber a row that others name';

create procedure core.check_key_by_set(naming regclass, key_name text)
language plpgsql as $$
declare
    named regclass;
    own text;
    named_column text;
    naming_name text;
    named_name text;
begin
    if current_setting('server_version_num')::integer < 180000 then
        return;
    end if;
    select c.confrelid, a.attname, f.attname, n.relname, p.relname
    into strict named, own, named_column, naming_name, named_name
    from pg_constraint as c
    inner join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    inner join pg_attribute as f on f.attrelid = c.confrelid and f.attnum = c.confkey[1]
    inner join pg_class as n on n.oid = c.conrelid
    inner join pg_class as p on p.oid = c.confrelid
    where
        c.conrelid = naming and c.conname = key_name and c.contype = 'f' and cardinality(c.conkey) = 1
        and not c.condeferrable and c.confdeltype = 'a' and c.confupdtype = 'a';
    execute format('alter table %s alter constraint %I not enforced', naming, key_name);
    execute format(
        'create trigger %I after insert on %s referencing new table as new_rows '
        'for each statement execute function core.refuse_orphans(%L, %L, %L, %L, %L)',
        key_name || '_new', naming, key_name, own, named, named_column, named_name
    );
    execute format(
        'create trigger %I after update of %I on %s '
        'for each row execute function core.refuse_orphan(%L, %L, %L, %L, %L)',
        key_name || '_changed', own, naming, key_name, own, named, named_column, named_name
    );
    execute format(
        'create trigger %I after delete or update of %I on %s '
        'for each row execute function core.keep_named(%L, %L, %L, %L, %L)',
        key_name || '_kept', named_column, named, key_name, naming, own, named_column, naming_name
    );
end
$$;
comment on procedure core.check_key_by_set (regclass, text)
is 'Has a foreign key of one column checked once for all rows of a statement instead of row by row';

call core.check_key_by_set('outbox.posting_entry', 'posting_entry_entry_id_fkey');
call core.check_key_by_set('outbox.posting_entry', 'posting_entry_posting_id_fkey');
call core.check_key_by_set('outbox.batch_line', 'batch_line_batch_id_fkey');
call core.check_key_by_set('outbox.batch_line', 'batch_line_posting_id_fkey');
call core.check_key_by_set('ledger.material_event', 'material_event_company_id_fkey');
