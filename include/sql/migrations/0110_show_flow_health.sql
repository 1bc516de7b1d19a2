-- How fresh each data flow of a company is, whether it is late by its own rhythm, and what that means for people.

-- How long a record of a flow of this rhythm may wait; null = on demand.
-- An hour of grace at most: a daily flow that is two hours over is late today, not tomorrow.
create function core.flow_target(p_rhythm text) returns interval
language sql immutable
begin atomic
    select case
        when p_rhythm = 'on demand' then null
        when p_rhythm = 'continuous' then interval '15 minutes'
        when p_rhythm like 'daily%' then interval '25 hours'
        when p_rhythm = 'hourly' then interval '2 hours'
        else
            substring(p_rhythm from '[0-9]+ minutes')::interval
            + least(substring(p_rhythm from '[0-9]+ minutes')::interval, interval '1 hour')
    end;
end;
comment on function core.flow_target(text)
is 'How long a record of a flow of a rhythm may wait before it is late; null = on demand';

-- A flow is late when a record of it waits: silence is no fault, because an extract that is the same as the one before
-- is not sent, and a day may have no events.
create view mart.flow_health with (security_invoker = true) as
with feed as (
    select *
    from (
        values
        ('JOB', 'jobs'), ('EXTRA', 'jobs'), ('COSTCODE', 'jobs'), ('CATEGORY', 'jobs'), ('STDCODE', 'jobs'),
        ('STDCAT', 'jobs'), ('VENDOR', 'vendors_and_items'), ('ITEM', 'vendors_and_items'),
        ('COMMIT', 'commitments'), ('COMITEM', 'commitments'), ('COMCO', 'commitments'),
        ('COMCOITM', 'commitments'), ('PERIOD', 'job_cost'), ('JCT', 'job_cost'), ('JCH', 'job_cost'),
        ('JCN', 'job_cost'), ('EVENT', 'material_events')
    ) as w (feed, flow)
),

landed as (
    select
        t.company_id,
        f.flow,
        max(t.finished_at) filter (where t.state = 'landed') as succeeded_at,
        min(t.found_at) filter (where t.state in ('arrived', 'parked', 'waiting_approval')) as waiting_since
    from audit.transfer as t
    inner join feed as f on f.feed = t.flow
    where t.direction = 'in'
    group by t.company_id, f.flow
),

events as (
    select
        company_id,
        'material_events' as flow,
        max(taken_at) as succeeded_at,
        min(inserted_at) filter (where taken_at is null) as waiting_since
    from ledger.event_inbox
    group by company_id
),

sent as (
    select
        company_id,
        case kind when 'adjustment' then 'adjustments' else 'material_costs' end as flow,
        max(sent_at) as succeeded_at,
        min(created_at) filter (where state in ('eligible', 'sealed', 'sending', 'unknown')) as waiting_since
    from outbox.cost_posting
    group by company_id, case kind when 'adjustment' then 'adjustments' else 'material_costs' end
    union all
    select
        company_id,
        'receipts' as flow,
        max(sent_at) as succeeded_at,
        min(created_at) filter (where state in ('eligible', 'sealed', 'sending', 'unknown')) as waiting_since
    from outbox.receiving_confirmation
    group by company_id
    union all
    select
        company_id,
        'master_data' as flow,
        max(sent_at) as succeeded_at,
        min(sealed_at) filter (where state = 'sealed') as waiting_since
    from outbox.runblu_file
    group by company_id
    union all
    select
        company_id,
        'results' as flow,
        max(coalesce(posted_at, answered_at, received_at)) as succeeded_at,
        min(sent_at) filter (where state in ('sent', 'received')) as waiting_since
    from outbox.batch
    group by company_id
),

all_ways as (
    select * from landed
    union all
    select * from events
    union all
    select * from sent
),

known as (
    select
        company_id,
        flow,
        max(succeeded_at) as succeeded_at,
        min(waiting_since) as waiting_since
    from all_ways
    group by company_id, flow
),

measured as (
    select
        f.company_id,
        f.flow,
        f.direction,
        f.is_on,
        f.rhythm,
        k.succeeded_at,
        k.waiting_since,
        core.flow_target(f.rhythm) as target,
        now() - k.waiting_since as age
    from core.data_flow as f
    left join known as k on k.company_id = f.company_id and k.flow = f.flow
)

select
    m.company_id,
    m.flow,
    m.direction,
    m.is_on,
    m.rhythm,
    m.succeeded_at as last_success_at,
    now() - m.succeeded_at as freshness,
    m.waiting_since,
    m.target,
    coalesce(m.is_on and m.age > m.target, false) as is_late,
    case
        when not m.is_on then 'off by the company''s profile'
        when m.target is null then 'on demand: never late'
        when m.age is null then 'nothing is waiting'
        when m.age <= m.target then 'as fresh as agreed'
        else
            case m.flow
                when 'jobs' then 'new jobs and codes are unknown and their events wait; closed ones still take cost'
                when 'commitments' then 'new orders and changes are unknown: their receipts wait, or have the old price'
                when 'vendors_and_items' then 'new items and units are unknown: events that name them wait'
                when 'job_cost' then 'invoices are not offset yet: job cost may show a cost twice until it runs'
                when 'results' then 'Sage has not answered what was sent: its lane sends nothing more until it does'
                when 'material_events' then 'what was received and installed on site is in no figure yet'
                when 'receipts' then 'Sage''s people do not see what has arrived'
                when 'material_costs' then 'job cost in Sage lacks material that is installed'
                when 'adjustments' then 'approved adjustments are not in Sage: the month cannot be signed off'
                when 'master_data' then 'RunBlu works with old jobs, codes and orders'
            end
    end as effect
from measured as m;
comment on view mart.flow_health
is 'How fresh every data flow of a company is, and what it means where it is late; key: company_id, flow';
comment on column mart.flow_health.company_id is 'The company: one Sage data folder';
comment on column mart.flow_health.flow is 'What flows';
comment on column mart.flow_health.direction is 'Which way';
comment on column mart.flow_health.is_on is 'Whether it runs';
comment on column mart.flow_health.rhythm is 'How often it is agreed to run';
comment on column mart.flow_health.last_success_at
is 'When it last brought or sent something; null = never. An extract that is the same as the one before is not sent';
comment on column mart.flow_health.freshness is 'Time since then';
comment on column mart.flow_health.waiting_since
is 'Since when its oldest record waits: a file to land, an event to take, a line to send, a batch to be answered';
comment on column mart.flow_health.target
is 'Agreed: the rhythm and as much again, at most an hour; 15 minutes where it is continuous; null = on demand';
comment on column mart.flow_health.is_late is 'A record waits for longer than the target';
comment on column mart.flow_health.effect is 'What it means for people, in words';
grant select on mart.flow_health to finance, oncall, analyst, auditor;
