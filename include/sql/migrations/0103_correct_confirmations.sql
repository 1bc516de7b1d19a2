-- Receiving confirmations follow what they confirm, as costs do: target - told so far, each difference a line of its
-- own with a reference of its own. What leaves stays as it was told.
alter table outbox.receiving_confirmation add column difference_no integer not null default 1;
alter table outbox.receiving_confirmation add column reference text
generated always as (event_id || case difference_no when 1 then '' else '#' || difference_no end) stored;
alter table outbox.receiving_confirmation alter column reference set not null;
alter table outbox.receiving_confirmation drop constraint receiving_confirmation_pkey;
alter table outbox.receiving_confirmation add primary key (company_id, reference);
alter table outbox.receiving_confirmation add unique (company_id, event_id, difference_no);
comment on table outbox.receiving_confirmation
is 'What Sage''s side is told of a receiving event, and its differences; key: company_id, reference';
comment on column outbox.receiving_confirmation.difference_no
is '1 = what was told first; then the differences to it, in the order they arose';
comment on column outbox.receiving_confirmation.reference
is 'Key of the line in its file: the event id, of a difference with # and its number';
comment on column outbox.batch_line.event_id
is 'Reference of a receiving confirmation: the event id, of a difference with # and its number';
-- What has not left follows its target itself; what has no target any more was never told.
grant delete on outbox.receiving_confirmation to pipeline;
create index on outbox.batch_line (company_id, regexp_replace(event_id, '#[0-9]+$', ''))
where event_id ~ '#[0-9]+$';

create or replace view mart.receiving_confirmation with (security_invoker = true) as
with latest_line as (
    select distinct on (l.company_id, l.event_id)
        l.company_id,
        l.event_id as reference,
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
    extract(epoch from r.sent_at - case r.difference_no when 1 then e.landed_at else r.created_at end)::numeric(14, 3)
        as seconds_event_to_sent,
    r.difference_no
from outbox.receiving_confirmation as r
inner join ledger.material_event as e on e.company_id = r.company_id and e.event_id = r.event_id
left join latest_line as l on l.company_id = r.company_id and l.reference = r.reference
left join core.item as i on i.company_id = r.company_id and i.standard_item = r.standard_item
left join core.vendor as v on v.company_id = r.company_id and v.vendor = r.vendor;
comment on view mart.receiving_confirmation
is 'Receiving confirmations and their differences; key: company_id, event_id, difference_no';
comment on column mart.receiving_confirmation.difference_no
is '1 = what was told first; then the differences to it, in the order they arose';
comment on column mart.receiving_confirmation.seconds_event_to_sent
is 'Seconds from the landing of the event, of a difference from when it arose, to the file on the server';
