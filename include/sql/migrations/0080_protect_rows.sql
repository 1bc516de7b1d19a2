-- Row-level security by role membership (contracts 5): whoever is no member of a role that a company's profile names in
-- `access` sees and writes no row of that company, by whichever relation or function. What a role may do at all stays
-- with its grants. Membership decides and no setting of a session, which the caller could set.

-- The role that asks: what it changed to by `set role`, else the login; inside a function with its owner's rights
-- current_user would be the owner.
create function core.asking_role() returns name
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(nullif(current_setting('role', true), 'none')::name, session_user)
$$;
comment on function core.asking_role()
is 'The role that asks, also inside functions that run with their owner''s rights';

create function core.companies_seen() returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(array_agg(c.company_id order by c.company_id), '{}')
    from core.company as c
    where
        pg_has_role(core.asking_role(), 'pipeline', 'member')
        or pg_has_role(core.asking_role(), 'owner', 'member')
        or exists (
            select 1
            from jsonb_array_elements_text(
                -- A company that was stored before profiles said it.
                coalesce(c.profile -> 'access', '["finance", "oncall", "analyst", "auditor", "runblu_inbox"]')
            ) as a (role_name)
            inner join pg_roles as r on r.rolname = a.role_name
            where pg_has_role(core.asking_role(), r.oid, 'member')
        )
$$;
comment on function core.companies_seen() is 'Companies whose rows the role that asks may see: profile, key access';

create function core.sees(wanted_company text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
    select wanted_company = any(core.companies_seen())
$$;
comment on function core.sees(text) is 'Whether the role that asks may see the rows of a company';

-- The bridge works on all companies. By attribute and not by a policy alone: COPY into a table is refused to whoever
-- policies apply to, even to one that lets everything through. Attributes are not inherited: who logs in as a member of
-- pipeline begins with `set role pipeline`.
alter role pipeline bypassrls;

-- For every table that migrations add: `call core.protect_rows('schema.table')`. Who is held to it asks once per
-- statement.
create procedure core.protect_rows(
    wanted regclass, condition text default 'company_id = any((select core.companies_seen())::text [])'
)
language plpgsql as $$
begin
    execute format('alter table %s enable row level security', wanted);
    execute format('alter table %s force row level security', wanted);
    execute format('create policy bridge on %s to pipeline, migrator, owner using (true) with check (true)', wanted);
    execute format('create policy company on %s using (%s) with check (%s)', wanted, condition, condition);
end
$$;
comment on procedure core.protect_rows (regclass, text) is 'Lets a role see only rows of its companies in a table';

do $$
declare
    relation regclass;
begin
    for relation in
        select c.oid
        from pg_class as c
        inner join pg_attribute as a on a.attrelid = c.oid and a.attname = 'company_id'
        where
            c.relkind in ('r', 'p')
            and c.oid <> 'core.unit_spelling'::regclass
            and c.relnamespace in (
                'landing'::regnamespace, 'core'::regnamespace, 'ledger'::regnamespace, 'outbox'::regnamespace,
                'audit'::regnamespace, 'recon'::regnamespace
            )
    loop
        call core.protect_rows(relation);
    end loop;

    -- Views ask with the rights of their reader, else every row would come through them.
    for relation in
        select c.oid
        from pg_class as c
        where
            c.relkind = 'v'
            and c.relnamespace in (
                'core'::regnamespace, 'ledger'::regnamespace, 'outbox'::regnamespace, 'recon'::regnamespace,
                'mart'::regnamespace
            )
    loop
        execute format('alter view %s set (security_invoker = true)', relation);
    end loop;
end
$$;

-- RunBlu may tell of a company that is not set up yet: its events wait in the inbox as an exception, nothing is lost.
create function core.is_hidden(wanted_company text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select not core.sees(wanted_company) and exists (
        select
        from core.company as c
        where c.company_id = wanted_company
    )
$$;
comment on function core.is_hidden(text) is 'Whether a company is one that the role that asks may not see';
create policy unknown_company on ledger.event_inbox for insert with check (not core.is_hidden(company_id));

-- General spellings are everybody's.
call core.protect_rows(
    'core.unit_spelling', $$company_id = '' or company_id = any((select core.companies_seen())::text [])$$
);

-- Tables whose rows belong to a company by the row they hang on.
call core.protect_rows(
    'audit.exception_payload', 'exception_id in (select x.exception_id from audit.exception as x)'
);
call core.protect_rows('landing.raw_file', 'sha256 in (select t.sha256 from audit.transfer as t)');
call core.protect_rows('outbox.posting_entry', 'posting_id in (select p.posting_id from outbox.cost_posting as p)');
call core.protect_rows('outbox.state_log', 'batch_id in (select b.batch_id from outbox.batch as b)');

-- What analysts read through the views. They still cannot name a table: they have no usage of these schemas.
grant select on all tables in schema landing, core, ledger, outbox, audit, recon to analyst;
alter default privileges in schema landing, core, ledger, outbox, audit, recon grant select on tables to analyst;

-- Functions that run with their owner's rights answer for the asker's companies only: their statements stay what they
-- are, under one condition more.
do $$
declare
    definition record;
begin
    for definition in
        select
            p.prosrc as body,
            pg_get_functiondef(p.oid) as whole
        from pg_proc as p
        where p.pronamespace = 'mart'::regnamespace and p.prosecdef
    loop
        execute replace(
            definition.whole,
            definition.body,
            format(E'\n    select shown.* from (%s    ) as shown where core.sees($1)\n', definition.body)
        );
    end loop;
end
$$;

-- So do those that write: who does not see a company decides nothing in it.
create function core.refuse_unseen_company() returns trigger
language plpgsql as $$
begin
    if not core.sees(new.company_id) then
        raise exception 'RS-634 a company is not one of yours; record: company %, login %; expected: one of %; '
            'next step: have the role that belongs to you named under access of the company''s profile',
            new.company_id, core.asking_role(), core.companies_seen()
            using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
comment on function core.refuse_unseen_company() is 'Stops changes of a company that the role that asks does not see';
create trigger a_seen_company before insert or update on core.mapping_proposal
for each row execute function core.refuse_unseen_company();

-- What views show through functions is parsed now and not under the rights of whoever reads: analysts, who may name
-- nothing in core, could read neither mart.profile_change nor mart.data_flow.
create or replace function core.profile_difference(p_before jsonb, p_after jsonb)
returns table (setting text, value_before text, value_after text)
language sql immutable
begin atomic
    select
        coalesce(b.setting, a.setting) as setting,
        b.value as value_before,
        a.value as value_after
    from core.profile_settings(p_before) as b
    full join core.profile_settings(p_after) as a on a.setting = b.setting
    where b.setting is null or a.setting is null or b.value is distinct from a.value
    order by 1;
end;

create or replace function core.next_flow_slot(p_rhythm text, p_zone text, p_now timestamptz)
returns timestamptz
language sql stable
begin atomic
    select case
        when p_rhythm like 'daily%'
            then (
                select min(s.slot)
                from generate_series(0, 2) as d (days)
                cross join
                    lateral (
                        select core.flow_slot(p_rhythm, p_zone, p_now + d.days * interval '24 hours') as slot
                    ) as s
                where s.slot > p_now
            )
        when p_rhythm in ('continuous', 'on demand') then core.flow_slot(p_rhythm, p_zone, p_now)
        else
            core.flow_slot(p_rhythm, p_zone, p_now)
            + case when p_rhythm = 'hourly' then '1 hour' else substring(p_rhythm from '[0-9]+ minutes') end::interval
    end;
end;
