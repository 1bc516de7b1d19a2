-- Every version of a company's profile is kept with who stored it and when, and can be compared with any other.
alter table core.company add column file_profile jsonb;
comment on column core.company.file_profile
is 'The profile as its file was stored last; where it differs from profile, somebody changed the tables since';
update core.company
set file_profile = profile;

create table core.profile_version (
    company_id text not null references core.company,
    version_no integer not null,
    profile jsonb not null,
    origin text not null,
    stored_by text not null,
    stored_at timestamptz not null default clock_timestamp(),
    primary key (company_id, version_no)
);
comment on table core.profile_version is 'Every profile a company had, append-only; key: company_id, version_no';
comment on column core.profile_version.company_id is 'The company: one Sage data folder';
comment on column core.profile_version.version_no is 'Number of the version, from 1 without gaps';
comment on column core.profile_version.profile is 'The whole profile as it came into force';
comment on column core.profile_version.origin is 'Where the change came from: file or table';
comment on column core.profile_version.stored_by is 'Who stored it';
comment on column core.profile_version.stored_at is 'When';
insert into core.profile_version (company_id, version_no, profile, origin, stored_by, stored_at)
select
    y.company_id,
    1 as version_no,
    y.profile,
    'file' as origin,
    'before versions' as stored_by,
    y.loaded_at
from core.company as y;
revoke update, delete, truncate on core.profile_version from pipeline;
create trigger append_only before update or delete or truncate on core.profile_version
for each statement execute function audit.refuse_change();
alter table core.profile_version enable always trigger append_only;

-- Keep a version whenever a profile comes into force. Who stored a file is told by the setting sage_bridge.stored_by;
-- a change in the tables is its login's.
create function core.keep_profile_version() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'UPDATE' and new.profile = old.profile then
        return null;
    end if;
    insert into core.profile_version (company_id, version_no, profile, origin, stored_by)
    select
        new.company_id,
        1 + coalesce(max(v.version_no), 0),
        new.profile,
        case when tg_op = 'UPDATE' and new.file_profile is not distinct from old.file_profile then 'table' else 'file' end,
        coalesce(nullif(current_setting('sage_bridge.stored_by', true), ''), session_user)
    from core.profile_version as v
    where v.company_id = new.company_id;
    return null;
end
$$;
create trigger keep_version after insert or update on core.company
for each row execute function core.keep_profile_version();

-- Every setting of a profile under its path, as text; one row per setting.
create function core.profile_settings(p_profile jsonb)
returns table (setting text, value text)
language sql immutable as $$
    with recursive part as (
        select
            '' as path,
            p_profile as content
        union all
        select
            inner_part.path,
            inner_part.content
        from part as p
        cross join lateral (
            select
                case when p.path = '' then o.key else p.path || '.' || o.key end as path,
                o.value as content
            from jsonb_each(case when jsonb_typeof(p.content) = 'object' then p.content else '{}' end) as o
            union all
            select
                p.path || '[' || a.place - 1 || ']' as path,
                a.value as content
            from jsonb_array_elements(case when jsonb_typeof(p.content) = 'array' then p.content else '[]' end)
            with ordinality as a (value, place)
        ) as inner_part
    )

    select
        p.path as setting,
        p.content #>> '{}' as value
    from part as p
    where jsonb_typeof(p.content) not in ('object', 'array')
$$;

-- What differs between two profiles; one row per setting that came, went or changed.
create function core.profile_difference(p_before jsonb, p_after jsonb)
returns table (setting text, value_before text, value_after text)
language sql immutable as $$
    select
        coalesce(b.setting, a.setting) as setting,
        b.value as value_before,
        a.value as value_after
    from core.profile_settings(p_before) as b
    full join core.profile_settings(p_after) as a on a.setting = b.setting
    where b.setting is null or a.setting is null or b.value is distinct from a.value
    order by 1
$$;

create view mart.profile_change as
select
    v.company_id,
    v.version_no,
    d.setting,
    d.value_before,
    d.value_after,
    v.origin,
    v.stored_by,
    v.stored_at
from core.profile_version as v
left join core.profile_version as b on b.company_id = v.company_id and b.version_no = v.version_no - 1
cross join lateral core.profile_difference(b.profile, v.profile) as d
where v.version_no > 1;
comment on view mart.profile_change
is 'What every version of a company''s profile changed; key: company_id, version_no, setting';
comment on column mart.profile_change.company_id is 'The company: one Sage data folder';
comment on column mart.profile_change.version_no is 'Number of the version that brought the change';
comment on column mart.profile_change.setting is 'Place of the setting in the profile';
comment on column mart.profile_change.value_before is 'What it was; empty = it was not there';
comment on column mart.profile_change.value_after is 'What it became; empty = it went';
comment on column mart.profile_change.origin is 'Where the change came from: file or table';
comment on column mart.profile_change.stored_by is 'Who stored it';
comment on column mart.profile_change.stored_at is 'When';
