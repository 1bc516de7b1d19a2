-- Marts of contracts 4 that lead from an event to Sage and back, and what else analysts and auditors look up.
-- One row per key of the contract.

-- Which posting carries which share of an event: every consumption entry of the ledger with the line it went out on.
create view mart.event_posting as
select
    v.company_id,
    v.event_id,
    p.posting_reference,
    p.kind,
    p.transaction_date,
    p.accounting_date,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    sum(v.units)::numeric(18, 4) as units,
    sum(v.amount)::numeric(14, 2) as amount,
    p.state,
    p.sage_transaction_id
from ledger.value_entry as v
inner join outbox.posting_entry as l on l.entry_id = v.entry_id
inner join outbox.cost_posting as p on p.posting_id = l.posting_id
group by
    v.company_id, v.event_id, p.posting_reference, p.kind, p.transaction_date, p.accounting_date, p.job, p.extra,
    p.cost_code, p.category, p.state, p.sage_transaction_id;

create view mart.material_event as
with worth as (
    select
        v.company_id,
        v.event_id,
        sum(v.units) as units,
        sum(v.amount) as amount
    from ledger.value_entry as v
    group by v.company_id, v.event_id
),

-- The posting that is least far; where all are posted, the first.
latest_posting as (
    select distinct on (v.company_id, v.event_id)
        v.company_id,
        v.event_id,
        p.posting_reference,
        p.state,
        p.sage_transaction_id,
        p.posted_at
    from ledger.value_entry as v
    inner join outbox.posting_entry as l on l.entry_id = v.entry_id
    inner join outbox.cost_posting as p on p.posting_id = l.posting_id
    order by v.company_id asc, v.event_id asc, p.state in ('posted', 'reversed') asc, p.posting_id asc
)

select
    e.company_id,
    e.event_id,
    e.event_type,
    e.occurred_at,
    e.occurred_text,
    e.event_date,
    e.recorded_at,
    e.landed_at,
    e.actor,
    e.device,
    coalesce(t.commitment, e.commitment) as commitment,
    coalesce(t.item_number, e.item_number) as item_number,
    e.standard_item,
    i.description as item_name,
    e.location,
    e.quantity::numeric(18, 4) as units_recorded,
    e.unit,
    w.units::numeric(18, 4) as units,
    w.amount::numeric(14, 2) as amount,
    t.status as tag_status,
    t.rule as tag_rule,
    t.source as tag_source,
    coalesce(t.job, e.job) as job,
    coalesce(t.extra, e.extra) as extra,
    coalesce(t.cost_code, e.cost_code) as cost_code,
    coalesce(t.category, e.category) as category,
    j.description as job_name,
    t.layer_event_id as receipt_event_id,
    e.reverses_event_id,
    e.reason,
    e.disposition,
    e.batch as chain_batch,
    p.posting_reference,
    p.state as posting_state,
    p.sage_transaction_id,
    p.posted_at
from ledger.material_event as e
left join ledger.event_tag as t on t.company_id = e.company_id and t.event_id = e.event_id
left join worth as w on w.company_id = e.company_id and w.event_id = e.event_id
left join latest_posting as p on p.company_id = e.company_id and p.event_id = e.event_id
left join core.item as i on i.company_id = e.company_id and i.standard_item = e.standard_item
left join core.job as j on j.company_id = e.company_id and j.job = coalesce(t.job, e.job);

-- The file and batch id a posting went out in last.
create view mart.cost_posting as
with latest_line as (
    select distinct on (l.posting_id)
        l.posting_id,
        coalesce(y.profile #>> '{direct_cost,batch_prefix}', '') || case b.flow when 'ADJ' then 'A' else 'D' end
        || lpad(b.seq::text, 7, '0') as batch,
        b.file_name,
        l.line_number
    from outbox.batch_line as l
    inner join outbox.batch as b on b.batch_id = l.batch_id
    inner join core.company as y on y.company_id = b.company_id
    where l.posting_id is not null
    order by l.posting_id asc, l.version_no desc
)

select
    p.company_id,
    p.posting_reference,
    p.kind,
    p.job,
    p.extra,
    p.cost_code,
    p.category,
    j.description as job_name,
    p.commitment,
    p.item_number,
    p.transaction_date,
    p.accounting_date,
    p.is_late,
    p.description,
    p.units,
    p.amount,
    p.debit_account,
    p.credit_account,
    l.batch,
    l.file_name,
    l.line_number,
    p.state,
    p.version_no,
    coalesce(p.reject_reason, p.hold_reason) as reason,
    p.sage_transaction_id,
    p.created_at,
    p.sealed_at,
    p.sent_at,
    p.received_at,
    p.accepted_at,
    p.posted_at
from outbox.cost_posting as p
left join latest_line as l on l.posting_id = p.posting_id
left join core.job as j on j.company_id = p.company_id and j.job = p.job;

create view mart.receiving_confirmation as
with latest_line as (
    select distinct on (l.company_id, l.event_id)
        l.company_id,
        l.event_id,
        coalesce(y.profile #>> '{direct_cost,batch_prefix}', '') || 'R' || lpad(b.seq::text, 7, '0') as batch,
        b.file_name
    from outbox.batch_line as l
    inner join outbox.batch as b on b.batch_id = l.batch_id
    inner join core.company as y on y.company_id = b.company_id
    where l.event_id is not null
    order by l.company_id asc, l.event_id asc, l.version_no desc
)

select
    r.company_id,
    r.event_id,
    e.event_type,
    r.commitment,
    r.item_number,
    r.standard_item,
    i.description as item_name,
    r.vendor,
    v.vendor_name,
    r.job,
    r.receipt_date,
    r.units as units_confirmed,
    r.unit,
    l.batch,
    l.file_name,
    r.state,
    coalesce(r.hold_reason, r.reject_reason) as reason,
    e.landed_at,
    r.sent_at,
    r.accepted_at,
    extract(epoch from r.sent_at - e.landed_at)::numeric(14, 3) as seconds_event_to_sent
from outbox.receiving_confirmation as r
inner join ledger.material_event as e on e.company_id = r.company_id and e.event_id = r.event_id
left join latest_line as l on l.company_id = r.company_id and l.event_id = r.event_id
left join core.item as i on i.company_id = r.company_id and i.standard_item = r.standard_item
left join core.vendor as v on v.company_id = r.company_id and v.vendor = r.vendor;

-- The run that speaks for a month: the newest signed one, else the newest that came to figures.
create view recon.current_run as
select distinct on (r.company_id, r.period)
    r.company_id,
    r.period,
    r.run_no,
    r.proves_run_no,
    r.state
from recon.run as r
where r.scope = 'period' and r.state not in ('running', 'failed')
order by r.company_id asc, r.period asc, (r.state = 'signed') desc, r.run_no desc;

create view mart.period_variance as
select
    v.company_id,
    v.period,
    v.job,
    v.extra,
    v.cost_code,
    v.category,
    v.commitment,
    v.item_number,
    v.bridge,
    v.component,
    v.role,
    v.units,
    v.amount,
    v.run_no
from recon.variance as v
inner join recon.current_run as r on r.run_no = v.run_no;

create view mart.sage_difference as
select
    d.company_id,
    d.period,
    d.difference_id,
    d.side,
    d.cause,
    d.reference,
    d.sage_transaction_id,
    d.job,
    d.extra,
    d.cost_code,
    d.category,
    d.commitment,
    d.item_number,
    d.transaction_date,
    d.amount_ours,
    d.amount_sage,
    d.state,
    d.explanation,
    d.first_seen_at,
    extract(day from now() - d.first_seen_at)::integer as age_days,
    d.run_no
from recon.difference as d
inner join recon.current_run as r
    on r.run_no = d.run_no or (r.proves_run_no = d.run_no and d.state = 'resolved');

create view mart.adjustment as
select
    a.company_id,
    a.adjustment_id,
    a.period,
    a.job,
    a.extra,
    a.cost_code,
    a.category,
    a.commitment,
    a.item_number,
    a.transaction_date,
    a.amount,
    a.reason,
    a.state,
    a.proposed_by,
    case when v.decision = 'approved' then v.decided_by end as approved_by,
    v.decision,
    v.decided_by,
    v.decided_at,
    p.posting_reference,
    p.state as posting_state,
    p.sage_transaction_id,
    a.corrects_reference,
    a.run_no
from recon.adjustment as a
left join audit.approval as v on v.approval_id = a.approval_id
left join outbox.cost_posting as p on p.adjustment_id = a.adjustment_id;

create view mart.open_exception as
select
    x.company_id,
    x.exception_id,
    x.record_kind,
    x.record_key,
    x.rule,
    x.reason,
    x.remedy,
    x.owner,
    x.opened_at,
    extract(day from now() - x.opened_at)::integer as age_days,
    x.attempts,
    x.last_attempt_at
from audit.exception as x
where x.closed_at is null;

-- Both directions; a file that arrived twice stands once, in its best state.
create view mart.transfer as
with both_ways as (
    select
        t.company_id,
        t.flow,
        t.seq,
        t.rev,
        t.direction,
        t.file_name,
        t.state,
        t.row_count as rows, -- noqa: RF04
        t.rows_landed,
        t.rows_quarantined,
        t.byte_count as bytes,
        t.sha256,
        case (t.validation ->> 'success')::boolean when true then 'success' when false then 'failure' end as validation,
        t.reason,
        t.found_at as started_at,
        t.finished_at,
        row_number() over (
            partition by t.company_id, t.direction, t.flow, t.seq, t.rev
            order by (t.state = 'landed') desc, t.transfer_id
        ) as place
    from audit.transfer as t
    union all
    select
        b.company_id,
        b.flow,
        b.seq,
        b.rev,
        'out' as direction,
        b.file_name,
        b.state,
        b.row_count as rows, -- noqa: RF04
        (
            select count(*)
            from outbox.batch_line as l
            where l.batch_id = b.batch_id and l.result = 'ACCEPTED'
        ) as rows_landed,
        (
            select count(*)
            from outbox.batch_line as l
            where l.batch_id = b.batch_id and l.result = 'REJECTED'
        ) as rows_quarantined,
        length(b.content) as bytes,
        b.sha256,
        null as validation,
        '' as reason,
        b.sealed_at as started_at,
        coalesce(b.posted_at, b.answered_at, b.received_at, b.sent_at) as finished_at,
        1 as place
    from outbox.batch as b
    where
        not exists (
            select
            from audit.transfer as t
            where
                t.company_id = b.company_id and t.direction = 'out' and t.flow = b.flow
                and t.seq = b.seq and t.rev = b.rev
        )
    union all
    select
        f.company_id,
        f.flow,
        f.seq,
        1 as rev,
        'out' as direction,
        f.file_name,
        f.state,
        f.row_count as rows, -- noqa: RF04
        case when f.state = 'received' then f.row_count end as rows_landed,
        0 as rows_quarantined,
        length(f.content) as bytes,
        f.sha256,
        null as validation,
        '' as reason,
        f.sealed_at as started_at,
        coalesce(f.received_at, f.sent_at) as finished_at,
        1 as place
    from outbox.runblu_file as f
)

select
    w.company_id,
    w.flow,
    w.seq,
    w.rev,
    w.direction,
    w.file_name,
    w.state,
    w.rows,
    w.rows_landed,
    w.rows_quarantined,
    w.bytes,
    w.sha256,
    w.validation,
    w.reason,
    w.started_at,
    w.finished_at
from both_ways as w
where w.place = 1;

create view mart.audit_chain as
select
    h.company_id,
    h.batch,
    h.event_count as rows, -- noqa: RF04
    encode(h.root, 'hex') as root,
    encode(h.previous_root, 'hex') as previous_root,
    h.created_at,
    h.published_at,
    h.published_as
from audit.chain_head as h;
