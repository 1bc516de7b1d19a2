-- Poorer hosted links: what a link does not serve is derived from how the totals of commitment items move between
-- readings. A move is recorded once and never changed; a total that falls again is another move.
create table landing.hosted_change (
    company_id text not null references core.company,
    kind text not null check (kind in ('approved', 'pending', 'invoiced')),
    document_id text not null,
    number integer not null check (number > 0),
    commitment text not null,
    item_number integer not null,
    record text,
    dated_on date not null,
    seen_at timestamptz not null,
    version bigint not null,
    units numeric(18, 4) not null,
    amount numeric(14, 2) not null,
    is_first boolean not null,
    primary key (company_id, kind, document_id, number),
    check ((record is null) = (units = 0 and amount = 0))
);
create unique index hosted_change_order on landing.hosted_change (company_id, commitment, record)
where kind in ('approved', 'pending') and record is not null;
create index hosted_change_line on landing.hosted_change (company_id, commitment, item_number);

comment on table landing.hosted_change is
'Moves of the totals of hosted commitment items; key: company_id, kind, document_id, number';
comment on column landing.hosted_change.company_id is 'The company: one Sage data folder';
comment on column landing.hosted_change.kind is
'approved, pending: a change order is derived; invoiced: an AP cost row is';
comment on column landing.hosted_change.document_id is 'Id of the commitment item at the service';
comment on column landing.hosted_change.number is 'Place among the moves of this total, from 1';
comment on column landing.hosted_change.commitment is 'Commitment of the item';
comment on column landing.hosted_change.item_number is 'Item number of the commitment (PO line)';
comment on column landing.hosted_change.record is
'Number of the derived change order, or row id of the derived AP cost; null: the total was zero when first seen';
comment on column landing.hosted_change.dated_on is
'Day it was seen in the zone of Sage; what a first reading finds: day of the commitment';
comment on column landing.hosted_change.seen_at is 'When the total was read';
comment on column landing.hosted_change.version is 'Version of the document that showed it';
comment on column landing.hosted_change.units is 'Units it moves';
comment on column landing.hosted_change.amount is 'Money it moves';
comment on column landing.hosted_change.is_first is 'Whether it is what the first reading found';

-- What a hosted company's link serves, and what is done where it does not; one row per company and resource.
create view mart.hosted_link as
select
    c.company_id,
    r.resource,
    coalesce(c.profile #> '{hosted,serves}' ? r.resource, false) as is_served,
    case
        when c.profile #> '{hosted,serves}' ? r.resource then 'as Sage holds it'
        else r.effect
    end as effect
from core.company as c
cross join (
    values
    ('extras', 'extras of jobs stay unknown'),
    ('items', 'materials of the catalog stay unknown; lines carry none'),
    (
        'change_orders',
        'change orders are derived from totals: dated the day they were seen, one per line and move'
    ),
    (
        'transactions',
        'invoices are derived from totals: dated the day they were seen; posted is claimed for totals only '
        || '(mart.posted_total), never for a line'
    ),
    ('sent', 'a write without an answer stops its lane until two people decide'),
    ('periods', 'closed months stay unknown; Sage refuses a line of one')
) as r (resource, effect)
where
    exists (
        select
        from jsonb_each(c.profile -> 'flows') as f (flow_name, flow)
        where f.flow ->> 'transport' = 'api'
    );
comment on view mart.hosted_link is
'What the link of a hosted company serves and what follows where it does not; key: company_id, resource';
comment on column mart.hosted_link.company_id is 'The company: one Sage data folder';
comment on column mart.hosted_link.resource is 'Resource beyond the documented ones, as in the profile';
comment on column mart.hosted_link.is_served is 'Whether the profile says that the link serves it';
comment on column mart.hosted_link.effect is 'Where its figures come from, in words';

-- Change orders and invoices that no document shows but totals do; one row per derived record.
create view mart.derived_record as
select
    h.company_id,
    h.kind,
    h.commitment,
    h.item_number,
    h.record,
    h.dated_on,
    h.seen_at,
    h.is_first,
    h.units,
    h.amount
from landing.hosted_change as h
where h.record is not null;
comment on view mart.derived_record is
'What totals of a hosted link show and no record; key: company_id, kind, commitment, item_number, record';
comment on column mart.derived_record.company_id is 'The company: one Sage data folder';
comment on column mart.derived_record.kind is
'approved, pending: change order of that status; invoiced: AP cost on the line';
comment on column mart.derived_record.commitment is 'Commitment';
comment on column mart.derived_record.item_number is 'Item number of the commitment (PO line)';
comment on column mart.derived_record.record is 'Number of the change order, or row id of the AP cost';
comment on column mart.derived_record.dated_on is
'Its date: the day it was seen; what the first reading found: day of the commitment';
comment on column mart.derived_record.seen_at is 'When the total was read';
comment on column mart.derived_record.is_first is 'Whether it sums up everything before the first reading';
comment on column mart.derived_record.units is 'Units; of a change order only where the profile reads moves as units';
comment on column mart.derived_record.amount is 'Money';

-- What is posted, claimed for totals only, where a link shows no transactions: Sage's cost of a code against what is
-- derived as invoiced and what it has accepted of ours; one row per code that has either.
create view mart.posted_total as
with company as (
    select l.company_id
    from mart.hosted_link as l
    where l.resource = 'transactions' and not l.is_served
),

part as (
    select
        t.company_id,
        t.job,
        t.extra,
        t.cost_code,
        t.category,
        t.amount as amount_invoiced,
        0 as amount_accepted,
        0 as amount_open
    from core.job_cost_transaction as t
    inner join company as c on c.company_id = t.company_id
    where t.transaction_type = 'AP cost' and t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
    union all
    select
        p.company_id,
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        0 as amount_invoiced,
        case when p.state in ('accepted', 'posted') then p.amount else 0 end as amount_accepted,
        case when p.state in ('accepted', 'posted') then 0 else p.amount end as amount_open
    from outbox.cost_posting as p
    inner join company as c on c.company_id = p.company_id
    where p.state <> 'reversed'
),

code as (
    select
        p.company_id,
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        sum(p.amount_invoiced)::numeric(14, 2) as amount_invoiced,
        sum(p.amount_accepted)::numeric(14, 2) as amount_accepted_by_sage,
        sum(p.amount_open)::numeric(14, 2) as amount_not_yet_accepted
    from part as p
    group by p.company_id, p.job, p.extra, p.cost_code, p.category
)

select
    c.company_id,
    c.job,
    c.extra,
    c.cost_code,
    c.category,
    c.amount_invoiced,
    c.amount_accepted_by_sage,
    c.amount_not_yet_accepted,
    k.amount_job_to_date_cost as amount_sage_job_cost,
    (k.amount_job_to_date_cost - c.amount_invoiced - c.amount_accepted_by_sage)::numeric(14, 2) as amount_difference,
    coalesce(k.amount_job_to_date_cost = c.amount_invoiced + c.amount_accepted_by_sage, false) as is_posted
from code as c
left join core.category as k
    on
        k.company_id = c.company_id and k.job = c.job and k.extra = c.extra and k.cost_code = c.cost_code
        and k.category = c.category;
comment on view mart.posted_total is
'Whether Sage''s cost of a code holds all it has accepted; key: company_id, job, extra, cost_code, category';
comment on column mart.posted_total.company_id is 'The company: one Sage data folder';
comment on column mart.posted_total.job is 'Job';
comment on column mart.posted_total.extra is 'Extra of the job; empty = base contract';
comment on column mart.posted_total.cost_code is 'Cost code';
comment on column mart.posted_total.category is 'Category';
comment on column mart.posted_total.amount_invoiced is 'Invoices on PO lines of this code, derived from totals';
comment on column mart.posted_total.amount_accepted_by_sage is 'Our cost lines that Sage has accepted';
comment on column mart.posted_total.amount_not_yet_accepted is 'Our cost lines on their way, held or rejected';
comment on column mart.posted_total.amount_sage_job_cost is 'Sage''s own cost of the code, job to date';
comment on column mart.posted_total.amount_difference is
'Sage''s cost less invoiced and accepted: entries not posted yet, tax, freight, costs of others';
comment on column mart.posted_total.is_posted is
'True: the total is exactly invoiced and accepted, so all of it is posted; false: not known';

-- Cost lines as before, and whether a line mirrors an invoice that was derived from totals.
create or replace view mart.cost_posting as
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
left join latest_line as l on l.posting_id = p.posting_id
left join core.job as j on j.company_id = p.company_id and j.job = p.job;
comment on column mart.cost_posting.is_derived
is 'Whether it offsets an invoice that no row shows but totals do (mart.derived_record)';
