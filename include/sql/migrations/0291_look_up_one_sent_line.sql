-- One cost line and one confirmation are looked up by their own rows: the line each was last sent on was picked from
-- all lines there are (31,000 lines: 0.8 s for one). The rows are the same.
create or replace view mart.cost_posting
with (security_invoker = true) as
-- Once a company: the profile is a long document, and would be unpacked for each line.
with prefix as materialized (
    select
        y.company_id,
        coalesce(y.profile #>> '{direct_cost,batch_prefix}', '') as batch_prefix
    from core.company as y
),

last_line as (
    select
        l.posting_id,
        x.batch_prefix || case b.flow when 'ADJ' then 'A' else 'D' end || lpad(b.seq::text, 7, '0') as batch,
        b.file_name,
        l.line_number
    from outbox.batch_line as l
    inner join outbox.batch as b on b.batch_id = l.batch_id
    inner join prefix as x on x.company_id = b.company_id
    where
        l.posting_id is not null
        and not exists (
            select
            from outbox.batch_line as n
            where n.posting_id = l.posting_id and n.version_no > l.version_no
        )
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
    p.posted_at,
    p.kind = 'invoice_offset'
    and split_part(p.source_key, '|', 2) = 'DERIVED'
    and exists (
        select
        from landing.hosted_change as h
        where
            h.company_id = p.company_id
            and h.kind = 'invoiced'
            and h.commitment = p.commitment
            and h.item_number = p.item_number
            and h.number::text = split_part(p.source_key, '|', 3)
    ) as is_derived
from outbox.cost_posting as p
left join last_line as l on l.posting_id = p.posting_id
left join core.job as j on j.company_id = p.company_id and j.job = p.job;

create or replace view mart.receiving_confirmation
with (security_invoker = true) as
-- Once a company: the profile is a long document, and would be unpacked for each line.
with prefix as materialized (
    select
        y.company_id,
        coalesce(y.profile #>> '{direct_cost,batch_prefix}', '') as batch_prefix
    from core.company as y
),

last_line as (
    select
        l.company_id,
        l.event_id as reference,
        x.batch_prefix || 'R' || lpad(b.seq::text, 7, '0') as batch,
        b.file_name
    from outbox.batch_line as l
    inner join outbox.batch as b on b.batch_id = l.batch_id
    inner join prefix as x on x.company_id = b.company_id
    where
        l.event_id is not null
        and not exists (
            select
            from outbox.batch_line as n
            where n.company_id = l.company_id and n.event_id = l.event_id and n.version_no > l.version_no
        )
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
    extract(epoch from r.sent_at - case r.difference_no when 1 then e.landed_at else r.created_at end)::numeric(14, 3)
        as seconds_event_to_sent,
    r.difference_no
from outbox.receiving_confirmation as r
inner join ledger.material_event as e on e.company_id = r.company_id and e.event_id = r.event_id
left join last_line as l on l.company_id = r.company_id and l.reference = r.reference
left join core.item as i on i.company_id = r.company_id and i.standard_item = r.standard_item
left join core.vendor as v on v.company_id = r.company_id and v.vendor = r.vendor;
