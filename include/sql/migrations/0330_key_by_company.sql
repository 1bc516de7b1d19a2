-- Every primary and unique key of a table that grows begins with the company (docs/growth.md): a database sharded by
-- company takes the tables as they are. Numbers stay unique by their sequence. This migration brings the means.

-- Foreign keys that are checked once for all rows of a statement (migration 0306) may have several columns now: names
-- are given with commas between. The bounds let the planner know how little of the named table is concerned; new rows
-- of one company ask for that company alone.
create or replace function core.refuse_orphans() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    key_name constant text := tg_argv[0];
    own constant text[] := string_to_array(tg_argv[1], ', ');
    named constant regclass := tg_argv[2]::regclass;
    named_columns constant text[] := string_to_array(tg_argv[3], ', ');
    lowest text[];
    highest text[];
    orphan text;
    wanted text;
begin
    select format(
        'select array[%s], array[%s] from new_rows as n',
        string_agg(format('min(n.%I)::text', o.name), ', ' order by o.place),
        string_agg(format('max(n.%I)::text', o.name), ', ' order by o.place)
    )
    into wanted
    from unnest(own) with ordinality as o (name, place);
    execute wanted into lowest, highest;
    if array_position(lowest, null) is not null then
        return null;
    end if;
    select format(
        'select min(concat_ws('', '', %s)) from new_rows as n where %s and not exists (select from %s as p where %s)',
        string_agg(format('n.%I', o.name), ', ' order by o.place),
        string_agg(format('n.%I is not null', o.name), ' and ' order by o.place),
        named,
        string_agg(
            case
                when lowest[o.place] = highest[o.place]
                    then format('p.%I = %L', named_columns[o.place], lowest[o.place])
                else
                    format(
                        'p.%1$I = n.%2$I and p.%1$I between %3$L and %4$L',
                        named_columns[o.place], o.name, lowest[o.place], highest[o.place]
                    )
            end,
            ' and ' order by o.place
        )
    )
    into wanted
    from unnest(own) with ordinality as o (name, place);
    execute wanted into orphan;
    if orphan is not null then
        raise foreign_key_violation using
            message = format(
                'insert or update on table "%s" violates foreign key constraint "%s"', tg_table_name, key_name
            ),
            detail = format('Key (%s)=(%s) is not present in table "%s".', tg_argv[1], orphan, tg_argv[4]),
            schema = tg_table_schema, table = tg_table_name, constraint = key_name;
    end if;
    return null;
end
$$;

create or replace function core.refuse_orphan() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    own constant text[] := string_to_array(tg_argv[1], ', ');
    named_columns constant text[] := string_to_array(tg_argv[3], ', ');
    document constant jsonb := to_jsonb(new);
    wanted text[];
    is_there boolean;
begin
    wanted := array(
        select document ->> o.name
        from unnest(own) with ordinality as o (name, place)
        order by o.place
    );
    if array_position(wanted, null) is not null then
        return null;
    end if;
    execute format(
        'select exists (select from %s as p where %s)',
        tg_argv[2]::regclass,
        (
            select string_agg(format('p.%I = %L', c.name, wanted[c.place]), ' and ' order by c.place)
            from unnest(named_columns) with ordinality as c (name, place)
        )
    ) into is_there;
    if not is_there then
        raise foreign_key_violation using
            message = format(
                'insert or update on table "%s" violates foreign key constraint "%s"', tg_table_name, tg_argv[0]
            ),
            detail = format(
                'Key (%s)=(%s) is not present in table "%s".', tg_argv[1], array_to_string(wanted, ', '), tg_argv[4]
            ),
            schema = tg_table_schema, table = tg_table_name, constraint = tg_argv[0];
    end if;
    return null;
end
$$;

create or replace function core.keep_named() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    naming constant regclass := tg_argv[1]::regclass;
    naming_columns constant text[] := string_to_array(tg_argv[2], ', ');
    own constant text[] := string_to_array(tg_argv[3], ', ');
    document constant jsonb := to_jsonb(old);
    is_named boolean;
begin
    execute format('lock table %s in share row exclusive mode', naming);
    execute (
        select format(
            'select exists (select from %s as n where %s) and not exists (select from %s as p where %s)',
            naming,
            string_agg(format('n.%I = %L', naming_columns[o.place], document ->> o.name), ' and ' order by o.place),
            tg_relid::regclass,
            string_agg(format('p.%I = %L', o.name, document ->> o.name), ' and ' order by o.place)
        )
        from unnest(own) with ordinality as o (name, place)
    ) into is_named;
    if is_named then
        raise foreign_key_violation using
            message = format(
                'update or delete on table "%s" violates foreign key constraint "%s" on table "%s"',
                tg_table_name, tg_argv[0], tg_argv[4]
            ),
            detail = format(
                'Key (%s)=(%s) is still referenced from table "%s".',
                tg_argv[3],
                (
                    select string_agg(document ->> o.name, ', ' order by o.place)
                    from unnest(own) with ordinality as o (name, place)
                ),
                tg_argv[4]
            ),
            schema = tg_table_schema, table = tg_argv[4], constraint = tg_argv[0];
    end if;
    return null;
end
$$;

create or replace procedure core.check_key_by_set(naming regclass, key_name text)
language plpgsql as $$
declare
    named regclass;
    own text;
    named_columns text;
    naming_name text;
    named_name text;
begin
    if current_setting('server_version_num')::integer < 180000 then
        return;
    end if;
    select
        c.confrelid,
        n.relname,
        p.relname,
        (
            select string_agg(a.attname, ', ' order by k.place)
            from unnest(c.conkey) with ordinality as k (attnum, place)
            inner join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = k.attnum
        ),
        (
            select string_agg(a.attname, ', ' order by k.place)
            from unnest(c.confkey) with ordinality as k (attnum, place)
            inner join pg_attribute as a on a.attrelid = c.confrelid and a.attnum = k.attnum
        )
    into strict named, naming_name, named_name, own, named_columns
    from pg_constraint as c
    inner join pg_class as n on n.oid = c.conrelid
    inner join pg_class as p on p.oid = c.confrelid
    where
        c.conrelid = naming and c.conname = key_name and c.contype = 'f'
        and not c.condeferrable and c.confdeltype = 'a' and c.confupdtype = 'a';
    execute format('alter table %s alter constraint %I not enforced', naming, key_name);
    execute format(
        'create or replace trigger %I after insert on %s referencing new table as new_rows '
        'for each statement execute function core.refuse_orphans(%L, %L, %L, %L, %L)',
        key_name || '_new', naming, key_name, own, named, named_columns, named_name
    );
    execute format(
        'create or replace trigger %I after update of %s on %s '
        'for each row execute function core.refuse_orphan(%L, %L, %L, %L, %L)',
        key_name || '_changed', own, naming, key_name, own, named, named_columns, named_name
    );
    execute format(
        'create or replace trigger %I after delete or update of %s on %s '
        'for each row execute function core.keep_named(%L, %L, %L, %L, %L)',
        key_name || '_kept', named_columns, named, key_name, naming, own, named_columns, naming_name
    );
end
$$;
comment on procedure core.check_key_by_set (regclass, text)
is 'Has a foreign key checked once for all rows of a statement instead of row by row';

-- Puts the company before every key of a table that does not begin with it, and into every foreign key that names such
-- a key. A key keeps its name; the tables' rows are read and not written.
create procedure core.put_company_first(wanted regclass)
language plpgsql as $$
declare
    unique_index record;
    foreign_key record;
    foreign_keys constant text := 'put_company_first_foreign_key';
begin
    for unique_index in
        select
            x.indexrelid::regclass as name,
            i.relname,
            c.conname,
            replace(pg_get_constraintdef(c.oid), ' (', ' (company_id, ') as key_text,
            replace(pg_get_indexdef(x.indexrelid), ' USING btree (', ' USING btree (company_id, ') as index_text
        from pg_index as x
        inner join pg_class as i on i.oid = x.indexrelid
        inner join pg_attribute as a on a.attrelid = x.indrelid and a.attnum = x.indkey[0]
        left join pg_constraint as c on c.conindid = x.indexrelid and c.contype in ('p', 'u')
        where x.indrelid = wanted and x.indisunique and a.attname <> 'company_id'
    loop
        execute format('create temporary table %I on commit drop as select
                c.conrelid::regclass as naming,
                c.conname,
                replace(pg_get_constraintdef(c.oid), '' NOT ENFORCED'', '''') as key_text,
                pg_get_constraintdef(c.oid) like ''%%NOT ENFORCED'' as is_by_set
            from pg_constraint as c
            where c.contype = ''f'' and c.conindid = %L::regclass', foreign_keys, unique_index.name);
        for foreign_key in execute format('select * from %I', foreign_keys) loop
            execute format('alter table %s drop constraint %I', foreign_key.naming, foreign_key.conname);
        end loop;
        if unique_index.conname is not null then
            execute format(
                'alter table %s drop constraint %I, add constraint %I %s',
                wanted, unique_index.conname, unique_index.conname, unique_index.key_text
            );
        else
            execute format('drop index %s', unique_index.name);
            execute unique_index.index_text;
        end if;
        for foreign_key in execute format('select * from %I', foreign_keys) loop
            execute format(
                'alter table %s add constraint %I %s',
                foreign_key.naming, foreign_key.conname, replace(foreign_key.key_text, '(', '(company_id, ')
            );
            if foreign_key.is_by_set then
                call core.check_key_by_set(foreign_key.naming, foreign_key.conname);
            end if;
        end loop;
        execute format('drop table %I', foreign_keys);
    end loop;
    execute format(
        'comment on table %s is %L', wanted,
        regexp_replace(obj_description(wanted, 'pg_class'), ' key: (?!company_id)', ' key: company_id, ')
    );
end
$$;
comment on procedure core.put_company_first (regclass) is 'Lets every key of a table begin with the company';

-- What a table gets whose rows had their company by the row they hang on, once `company_id` is filled.
create procedure core.give_rows_their_company(wanted regclass, meaning text default 'The company: one Sage data folder')
language plpgsql as $$
begin
    execute format('alter table %s alter column company_id set not null', wanted);
    execute format('comment on column %s.company_id is %L', wanted, meaning);
    execute format('drop policy bridge on %s', wanted);
    execute format('drop policy company on %s', wanted);
    call core.protect_rows(wanted);
end
$$;
comment on procedure core.give_rows_their_company (regclass, text)
is 'Holds readers of a table to the company its rows now name';
