-- What people have to be told, once each: found by looking at the state of things, so that nothing is forgotten when a
-- message could not be sent, and nothing is said twice.
create table audit.notice (
    notice_id bigint generated always as identity primary key,
    company_id text not null,
    kind text not null check (
        kind in (
            'decision_waiting', 'sign_off_lapsed', 'lane_stopped', 'flow_late', 'rejects_above_limit', 'run_failed',
            'run_late'
        )
    ),
    subject text not null,
    message text not null check (message <> ''),
    opened_at timestamptz not null default clock_timestamp(),
    told_at timestamptz,
    closed_at timestamptz
);
create unique index on audit.notice (company_id, kind, subject) where closed_at is null;
comment on table audit.notice
is 'What people are told: found, told once, closed when it is over; key: notice_id';
comment on column audit.notice.notice_id is 'Number of the notice';
comment on column audit.notice.company_id is 'The company: one Sage data folder; empty = a run of all companies';
comment on column audit.notice.kind is 'What happened, in one of seven words';
comment on column audit.notice.subject is 'What it is about: run, month, lane, flow';
comment on column audit.notice.message is 'The sentence people read, with the next step';
comment on column audit.notice.opened_at is 'When it was found';
comment on column audit.notice.told_at is 'When it was told to whoever is named for it; empty = not yet';
comment on column audit.notice.closed_at is 'When it was over; empty = it still is so';
call core.protect_rows(
    'audit.notice', $$company_id = '' or company_id = any((select core.companies_seen())::text [])$$
);
grant select, insert, update on audit.notice to pipeline;
grant select on audit.notice to auditor;

-- What is so now and somebody has to know. A view, so that the next look finds what this one could not tell.
create view audit.notable with (security_invoker = true) as
select
    r.company_id,
    'decision_waiting' as kind,
    'reconciliation ' || r.run_no as subject,
    'The reconciliation of ' || case r.scope when 'job' then 'job ' || r.job else r.period end || ', prepared by '
    || r.prepared_by
    || ', waits for a decision: answer it under Required Actions.' as message
from recon.run as r
where r.mode = 'propose' and r.state = 'proposed'
union all
select
    p.company_id,
    'decision_waiting' as kind,
    'mapping ' || p.proposal_no as subject,
    'A mapping of ' || p.material_class || ', proposed by ' || p.proposed_by
    || ', waits for a decision: see the page Mappings.' as message
from core.mapping_proposal as p
where p.state = 'open'
union all
select
    r.company_id,
    'run_late' as kind,
    'reconciliation ' || r.run_no as subject,
    'The reconciliation of ' || case r.scope when 'job' then 'job ' || r.job else r.period end
    || ' has not ended in three days: open its run of ' || r.dag_run_id || ' in Airflow.' as message
from recon.run as r
where r.mode = 'propose' and r.state in ('proposed', 'approved') and r.started_at < now() - interval '3 days'
union all
select
    c.company_id,
    'sign_off_lapsed' as kind,
    c.period || ' version ' || c.version_no as subject,
    'The sign-off of ' || c.period || ' lapsed: something booked under it moved. Reconcile the month anew; '
    || 'the task log of check__laws names the line.' as message
from ledger.period_close as c
where
    c.lapsed_at is not null
    and not exists (
        select
        from ledger.period_close as n
        where n.company_id = c.company_id and n.period = c.period and n.version_no > c.version_no
    )
union all
select
    l.company_id,
    'lane_stopped' as kind,
    l.flow || ' ' || l.environment as subject,
    'Files of ' || l.flow || ' are stopped: ' || l.lock_reason
    || '. Nothing is sent until a person decides: docs/runbooks/outcome-unknown.md.' as message
from outbox.file_counter as l
where l.is_locked
union all
select
    f.company_id,
    'flow_late' as kind,
    f.flow as subject,
    replace(f.flow, '_', ' ') || ' is late: ' || f.effect || '. See docs/runbooks/late-flow.md.' as message
from mart.flow_health as f
where f.is_late
union all
select
    x.company_id,
    'rejects_above_limit' as kind,
    'week' as subject,
    'Sage refused ' || x.refused || ' of ' || x.answered || ' cost lines sent in seven days, more than '
    || x.most || ' %: see the page Exceptions and docs/runbooks/rejected-by-sage.md.' as message
from (
    select
        p.company_id,
        count(*) filter (where p.state = 'rejected') as refused,
        count(*) as answered,
        coalesce(c.profile -> 'tolerances' ->> 'rejected_lines_pct', '2')::numeric as most
    from outbox.cost_posting as p
    inner join core.company as c on c.company_id = p.company_id
    where p.state in ('rejected', 'accepted', 'posted') and p.sent_at > now() - interval '7 days'
    group by p.company_id, c.profile
) as x
where x.refused * 100 > x.most * x.answered;
comment on view audit.notable
is 'What is so now and somebody has to know; key: company_id, kind, subject';
comment on column audit.notable.company_id is 'The company: one Sage data folder';
comment on column audit.notable.kind is 'What happened';
comment on column audit.notable.subject is 'What it is about: run, month, lane, flow';
comment on column audit.notable.message is 'The sentence people read, with the next step';

create view mart.notice with (security_invoker = true) as
select
    n.company_id,
    n.notice_id,
    n.kind,
    n.subject,
    n.message,
    n.opened_at,
    n.told_at,
    n.closed_at
from audit.notice as n;
comment on view mart.notice is 'What people were told, or are to be told; key: company_id, notice_id';
comment on column mart.notice.company_id is 'The company: one Sage data folder; empty = a run of all companies';
comment on column mart.notice.notice_id is 'Number of the notice';
comment on column mart.notice.kind is 'What happened, in one of seven words';
comment on column mart.notice.subject is 'What it is about: run, month, lane, flow';
comment on column mart.notice.message is 'The sentence people read, with the next step';
comment on column mart.notice.opened_at is 'When it was found';
comment on column mart.notice.told_at is 'When it was told; empty = not yet';
comment on column mart.notice.closed_at is 'When it was over; empty = it still is so';
grant select on mart.notice to analyst, finance, oncall, auditor, pipeline;
grant select on audit.notice to analyst, finance, oncall;
