-- Figures of the bridges are most of what reconciliations write: a run leaves up to eleven rows for each PO line and
-- code. They lie in a partition for each company and month. The month in their key weakens nothing: a run has one.
create schema figures;
comment on schema figures
is 'Partitions of recon.variance, one for each company and month; read through that table alone';
grant usage on schema figures to pipeline;

alter table recon.variance rename to variance_before;
alter index recon.variance_pkey rename to variance_before_pkey;

create table recon.variance (
    like recon.variance_before including comments including constraints,
    constraint variance_pkey primary key (
        company_id, period, run_no, job, extra, cost_code, category, commitment, item_number, bridge, component
    ),
    constraint variance_run_no_fkey foreign key (company_id, run_no) references recon.run (company_id, run_no)
) partition by list (company_id);
comment on table recon.variance
is 'Components of the two bridges of a run; key: company_id, period, run_no, codes, line, bridge, component';

-- Rights, policies and triggers as the table had them.
do $$
declare
    had record;
begin
    for had in
        select g.grantee::regrole::text as grantee, string_agg(g.privilege_type, ', ') as rights
        from pg_class as c
        cross join lateral aclexplode(c.relacl) as g
        where c.oid = 'recon.variance_before'::regclass and g.grantee <> c.relowner
        group by g.grantee
    loop
        execute format('grant %s on recon.variance to %s', had.rights, had.grantee);
    end loop;
end
$$;
call core.protect_rows('recon.variance');
call core.check_key_by_set('recon.variance', 'variance_run_no_fkey');

-- Rows for which there is no partition are refused: whoever writes figures asks for it first.
create function recon.make_partition(wanted_company text, wanted_period text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    company_name constant text := 'variance_' || lower(wanted_company);
    month_name constant text := company_name || '_' || replace(wanted_period, '-', '_');
begin
    if not core.sees(wanted_company) then
        raise insufficient_privilege using message = format('company %s is not one of yours', wanted_company);
    end if;
    if wanted_period !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' then
        raise check_violation using message = format('%s is no month', wanted_period);
    end if;
    if to_regclass(format('figures.%I', month_name)) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('sage-bridge figures'));
    -- Made apart and attached: readers and writers of other months go on.
    if to_regclass(format('figures.%I', company_name)) is null then
        execute format(
            'create table figures.%I (like recon.variance including all) partition by list (period)', company_name
        );
        execute format('alter table figures.%I enable row level security', company_name);
        execute format(
            'alter table recon.variance attach partition figures.%I for values in (%L)', company_name, wanted_company
        );
    end if;
    if to_regclass(format('figures.%I', month_name)) is null then
        execute format('create table figures.%I (like recon.variance including all)', month_name);
        execute format('alter table figures.%I enable row level security', month_name);
        execute format(
            'alter table figures.%I attach partition figures.%I for values in (%L)',
            company_name, month_name, wanted_period
        );
        -- Whoever fills it lets the planner look at it.
        if current_setting('server_version_num')::integer >= 170000 then
            execute format('grant maintain on figures.%I to pipeline', month_name);
        end if;
    end if;
end
$$;
comment on function recon.make_partition(text, text)
is 'Makes the partition of recon.variance for a company and month, if it is not there';
revoke execute on function recon.make_partition(text, text) from public;
grant execute on function recon.make_partition(text, text) to pipeline;

-- The bridge deletes nothing; of these figures its nightly upkeep may remove what no page, view or proof reads.
create function recon.remove_replaced_figures(kept_days integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    removed bigint;
begin
    delete from recon.variance as v
    using recon.run as r
    where
        r.company_id = v.company_id and r.period = v.period and r.run_no = v.run_no
        and r.scope = 'period' and (r.mode = 'preview' or r.state = 'failed')
        and r.finished_at < now() - make_interval(days => greatest(kept_days, 35))
        and exists (
            select
            from recon.run as later
            where
                later.company_id = r.company_id and later.period = r.period and later.scope = 'period'
                and later.run_no > r.run_no and later.state not in ('running', 'failed')
        );
    get diagnostics removed = row_count;
    return removed;
end
$$;
comment on function recon.remove_replaced_figures(integer)
is 'Removes bridges of previews and given-up runs that a later run of the month replaced so many days ago, at least 35';
revoke execute on function recon.remove_replaced_figures(integer) from public;
grant execute on function recon.remove_replaced_figures(integer) to pipeline;

do $$
declare
    held record;
    view_of record;
begin
    for held in select distinct b.company_id, b.period from recon.variance_before as b loop
        perform recon.make_partition(held.company_id, held.period);
    end loop;
    insert into recon.variance select b.* from recon.variance_before as b;
    -- Views read the table by its number: each is said again over the new one.
    for view_of in
        select distinct
            v.oid::regclass as name,
            coalesce(' with (' || array_to_string(v.reloptions, ', ') || ')', '') as options,
            replace(pg_get_viewdef(v.oid), 'recon.variance_before', 'recon.variance') as definition
        from pg_depend as d
        inner join pg_rewrite as w on w.oid = d.objid and d.classid = 'pg_rewrite'::regclass
        inner join pg_class as v on v.oid = w.ev_class
        where d.refclassid = 'pg_class'::regclass and d.refobjid = 'recon.variance_before'::regclass
    loop
        execute format('create or replace view %s%s as %s', view_of.name, view_of.options, view_of.definition);
    end loop;
end
$$;
drop table recon.variance_before;
