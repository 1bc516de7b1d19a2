-- What a company's flows look like now, as figures for an observer outside; one row per metric, company and flow (or
-- rule of exceptions).
select
    v.metric,
    h.company_id,
    h.flow as subject,
    v.value
from mart.flow_health as h
cross join
    lateral (
        values
        ('flow.waiting_seconds', coalesce(extract(epoch from clock_timestamp() - h.waiting_since), 0)),
        ('flow.success_age_seconds', coalesce(extract(epoch from h.freshness), 0)),
        ('flow.late', h.is_late::integer)
    ) as v (metric, value)
where h.is_on
union all
select
    v.metric,
    t.company_id,
    t.flow as subject,
    v.value
from (
    select
        company_id,
        flow,
        sum(rows_landed) as rows_landed,
        sum(rows_quarantined) as rows_quarantined
    from mart.transfer
    where finished_at > current_timestamp - interval '1 day'
    group by company_id, flow
) as t
cross join
    lateral (
        values ('transfer.rows_1d', t.rows_landed), ('transfer.rejected_rows_1d', t.rows_quarantined)
    ) as v (metric, value)
union all
select
    'exceptions.open' as metric,
    company_id,
    rule as subject,
    count(*) as value
from mart.open_exception
group by company_id, rule
union all
select
    'notices.open' as metric,
    k.company_id,
    k.kind as subject,
    count(n.notice_id) as value
from (
    select
        c.company_id,
        w.kind
    from core.company as c
    cross join (
        values
        ('lane_stopped'),
        ('flow_late'),
        ('sign_off_lapsed'),
        ('decision_waiting'),
        ('rejects_above_limit'),
        ('run_failed'),
        ('run_late')
    ) as w (kind)
) as k
left join mart.notice as n on n.company_id in (k.company_id, '') and n.kind = k.kind and n.closed_at is null
group by k.company_id, k.kind
