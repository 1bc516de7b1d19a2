-- Data flows as a table that the controller edits, when each is due, and when it ran last (promise: choose what syncs,
-- which way, how often).

-- The words a rhythm may have; sage_bridge.rhythms reads the same.
create function core.is_rhythm(p_rhythm text) returns boolean
language sql immutable as $$
    select p_rhythm ~ ('^(continuous|hourly|daily|on demand|daily at ([01][0-9]|2[0-3]):[0-5][0-9]'
        || '|every [1-9][0-9]{0,3} minutes)$')
$$;

-- The last moment at or before p_now at which a flow of this rhythm was due in the company's zone; null = on demand.
create function core.flow_slot(p_rhythm text, p_zone text, p_now timestamptz) returns timestamptz
language sql stable as $$
    select case
        when p_rhythm = 'on demand' then null
        when p_rhythm = 'continuous' then p_now
        when p_rhythm like 'daily%' then (
            select case when t.today <= p_now then t.today else ((l.day - 1) + l.at) at time zone p_zone end
            from (
                select
                    (p_now at time zone p_zone)::date as day,
                    coalesce(nullif(substr(p_rhythm, 10), ''), '00:00')::time as at
            ) as l
            cross join lateral (select (l.day + l.at) at time zone p_zone as today) as t
        )
        else date_bin(
            case when p_rhythm = 'hourly' then '1 hour' else substring(p_rhythm from '[0-9]+ minutes') end::interval,
            p_now, timestamptz '2000-01-01 00:00:00+00'
        )
    end
$$;

-- The first moment after p_now at which it is due; null = on demand.
create function core.next_flow_slot(p_rhythm text, p_zone text, p_now timestamptz) returns timestamptz
language sql stable as $$
    select case
        when p_rhythm like 'daily%' then (
            select min(s.slot)
            from generate_series(0, 2) as d (days)
            cross join lateral (
                select core.flow_slot(p_rhythm, p_zone, p_now + d.days * interval '24 hours') as slot
            ) as s
            where s.slot > p_now
        )
        when p_rhythm in ('continuous', 'on demand') then core.flow_slot(p_rhythm, p_zone, p_now)
        else core.flow_slot(p_rhythm, p_zone, p_now)
            + case when p_rhythm = 'hourly' then '1 hour' else substring(p_rhythm from '[0-9]+ minutes') end::interval
    end
$$;

create table audit.flow_turn (
    company_id text not null references core.company,
    flow text not null,
    started_at timestamptz not null,
    started_by text not null check (started_by in ('clock', 'arrival', 'person')),
    primary key (company_id, flow)
);
comment on table audit.flow_turn is 'When each data flow of a company was run last; key: company_id, flow';
comment on column audit.flow_turn.company_id is 'The company: one Sage data folder';
comment on column audit.flow_turn.flow is 'Data flow of the profile';
comment on column audit.flow_turn.started_at is 'When its last run began';
comment on column audit.flow_turn.started_by is 'What started it: clock, arrival or person';

-- The data flows of the profile as rows: an update of is_on, rhythm or transport changes the profile.
create view core.data_flow with (security_invoker = true) as
select
    y.company_id,
    f.flow,
    f.direction,
    coalesce((y.profile #>> array['flows', f.flow, 'is_on'])::boolean, true) as is_on,
    coalesce(y.profile #>> array['flows', f.flow, 'rhythm'], 'continuous') as rhythm,
    coalesce(y.profile #>> array['flows', f.flow, 'transport'], 'files') as transport,
    y.time_zone
from core.company as y
cross join (
    values
    ('jobs', 'sage_to_core'),
    ('commitments', 'sage_to_core'),
    ('vendors_and_items', 'sage_to_core'),
    ('job_cost', 'sage_to_core'),
    ('results', 'sage_to_core'),
    ('material_events', 'runblu_to_core'),
    ('receipts', 'core_to_sage'),
    ('material_costs', 'core_to_sage'),
    ('adjustments', 'core_to_sage'),
    ('master_data', 'core_to_runblu')
) as f (flow, direction);
comment on view core.data_flow
is 'Data flows of every company; update is_on, rhythm or transport to change them; key: company_id, flow';
comment on column core.data_flow.company_id is 'The company: one Sage data folder';
comment on column core.data_flow.flow is 'What flows';
comment on column core.data_flow.direction is 'Which way; belongs to the flow';
comment on column core.data_flow.is_on is 'Whether it runs';
comment on column core.data_flow.rhythm
is 'How often: continuous, every <n> minutes, hourly, daily, daily at <hh:mm>, on demand';
comment on column core.data_flow.transport is 'How it travels: files or api';
comment on column core.data_flow.time_zone is 'Zone of the company''s clock, by which daily is meant';

create function core.change_data_flow() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if (new.company_id, new.flow, new.direction, new.time_zone)
        is distinct from (old.company_id, old.flow, old.direction, old.time_zone)
    then
        raise exception 'RS-136 a data flow cannot be as wanted; record: %, flow %; '
            'expected: a change of is_on, rhythm or transport; next step: correct the statement',
            old.company_id, old.flow using errcode = 'check_violation';
    end if;
    if not coalesce(core.is_rhythm(new.rhythm), false) then
        raise exception 'RS-136 a data flow cannot be as wanted; record: %, flow %, column rhythm; expected: continuous, '
            'every <n> minutes, hourly, daily, daily at <hh:mm>, or on demand; found: %; next step: correct the value',
            old.company_id, old.flow, coalesce(new.rhythm, 'nothing') using errcode = 'check_violation';
    end if;
    if coalesce(new.transport, '') not in ('files', 'api') then
        raise exception 'RS-136 a data flow cannot be as wanted; record: %, flow %, column transport; '
            'expected: files or api; found: %; next step: correct the value',
            old.company_id, old.flow, coalesce(new.transport, 'nothing') using errcode = 'check_violation';
    end if;
    if new.is_on is null then
        raise exception 'RS-136 a data flow cannot be as wanted; record: %, flow %, column is_on; '
            'expected: true or false; found: nothing; next step: correct the value',
            old.company_id, old.flow using errcode = 'check_violation';
    end if;
    update core.company as y
    set profile = jsonb_set(
        y.profile, array['flows', old.flow],
        jsonb_build_object('is_on', new.is_on, 'rhythm', new.rhythm, 'transport', new.transport)
    )
    where y.company_id = old.company_id;
    return new;
end
$$;
create trigger change_flow instead of update on core.data_flow
for each row execute function core.change_data_flow();
grant update on core.data_flow to finance;

create view mart.data_flow as
select
    f.company_id,
    f.flow,
    f.direction,
    f.is_on,
    f.rhythm,
    f.transport,
    t.started_at,
    t.started_by,
    case when f.is_on then core.next_flow_slot(f.rhythm, f.time_zone, now()) end as next_due_at
from core.data_flow as f
left join audit.flow_turn as t on t.company_id = f.company_id and t.flow = f.flow;
comment on view mart.data_flow
is 'Data flows of every company, when each ran last and is due next; key: company_id, flow';
comment on column mart.data_flow.company_id is 'The company: one Sage data folder';
comment on column mart.data_flow.flow is 'What flows';
comment on column mart.data_flow.direction is 'Which way';
comment on column mart.data_flow.is_on is 'Whether it runs';
comment on column mart.data_flow.rhythm is 'How often; daily is meant by the company''s own clock';
comment on column mart.data_flow.transport is 'How it travels: files or api';
comment on column mart.data_flow.started_at is 'When its last run began';
comment on column mart.data_flow.started_by is 'What started that run: clock, arrival or person';
comment on column mart.data_flow.next_due_at is 'When the clock starts it next; empty = off, or on demand';
