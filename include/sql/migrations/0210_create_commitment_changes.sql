-- Corrections of commitments (domain 4, 6 and 7): what is approved of the reductions a reconciliation proposes goes to
-- Sage as commitment change orders (CMT), never as direct cost. One per commitment and approval, one line per PO line.

-- What the change order will say is decided with the proposal: money at the order's price, and what the line was when
-- it was proposed, so that one that somebody else has moved since is not moved twice.
alter table recon.proposed_event
add column amount numeric(14, 2),
add column units_ordered numeric(18, 4),
add column amount_ordered numeric(14, 2),
drop constraint proposed_event_state_check,
add constraint proposed_event_state_check check (state in ('proposed', 'approved', 'refused', 'posted'));
comment on column recon.proposed_event.event_type is
'returned and counted: an event RunBlu is to record; commitment_reduced: a change order for Sage';
comment on column recon.proposed_event.state is
'proposed, approved, refused, posted (a change order that Sage shows)';
comment on column recon.proposed_event.amount is
'commitment_reduced: what the change order takes from the line, signed, at the order''s price; null: people enter it';
comment on column recon.proposed_event.units_ordered is
'commitment_reduced: units of the line when it was proposed, without change orders of ours; they must be so still';
comment on column recon.proposed_event.amount_ordered is
'commitment_reduced: money of the line when it was proposed, without change orders of ours; it must be so still';

-- One commitment change order on its way; reference is its number in Sage, and stands first in its description.
create table outbox.change_order (
    change_id bigint generated always as identity primary key,
    company_id text not null,
    reference text not null check (length(reference) = 10),
    commitment text not null,
    approval_id bigint not null references audit.approval,
    change_date date not null,
    description text not null check (left(description, 10) = reference),
    state text not null default 'eligible' check (state in (
        'eligible', 'held', 'sealed', 'sending', 'sent', 'received', 'accepted', 'rejected', 'posted', 'unknown',
        'reversed'
    )),
    version_no integer not null default 1,
    hold_rule text,
    hold_reason text,
    reject_reason text,
    created_at timestamptz not null default now(),
    sealed_at timestamptz,
    sent_at timestamptz,
    received_at timestamptz,
    accepted_at timestamptz,
    posted_at timestamptz,
    unique (company_id, reference),
    unique (company_id, commitment, approval_id),
    check ((state = 'held') = (hold_rule is not null))
);
create index on outbox.change_order (company_id, state) where state in ('eligible', 'held', 'rejected');
call core.protect_rows('outbox.change_order');

-- What it does to a line: Sage takes a line once per change order, so that all of it is summed here.
create table outbox.change_order_line (
    company_id text not null,
    reference text not null check (length(reference) = 10),
    change_id bigint not null references outbox.change_order,
    item_number integer not null,
    description text not null check (left(description, 10) = reference),
    units numeric(18, 4) not null,
    amount numeric(14, 2) not null,
    primary key (change_id, item_number),
    unique (company_id, reference),
    check (units <> 0 or amount <> 0)
);
call core.protect_rows('outbox.change_order_line');

-- Which proposals a line carries: each on one line only, for ever.
create table outbox.change_order_proposal (
    company_id text not null,
    proposal_id bigint primary key references recon.proposed_event,
    change_id bigint not null,
    item_number integer not null,
    foreign key (change_id, item_number) references outbox.change_order_line
);
create index on outbox.change_order_proposal (change_id, item_number);
call core.protect_rows('outbox.change_order_proposal');

alter table outbox.batch_line add column change_id bigint references outbox.change_order;
create unique index on outbox.batch_line (change_id, reference, version_no) where change_id is not null;
comment on column outbox.batch_line.change_id is
'Change order whose head or line this is; null in other flows, and where a restored database knows it no more';

create index on core.change_order (company_id, (left(description, 10)));

-- As before, with the letters of a commitment change order: M its number, N a line of it.
create or replace function outbox.reference_text(kind text, number bigint) returns text
language sql immutable parallel safe as $$
select
    case kind
        when 'consumption' then 'C' when 'invoice_offset' then 'F' when 'price_variance' then 'P'
        when 'accrual' then 'A' when 'accrual_reversal' then 'B' when 'adjustment' then 'J'
        when 'journal' then 'G' when 'journal_reversal' then 'H'
        when 'change_order' then 'M' when 'change_order_line' then 'N'
    end
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 40 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 35 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 30 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 25 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 20 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 15 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 10 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 5 & 31)::integer + 1, 1)
    || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (number >> 0 & 31)::integer + 1, 1)
$$;

-- Whether a company's corrections of commitments go to Sage by themselves: flow `commitment_changes` of its profile.
create function recon.sends_changes(wanted_company text) returns boolean
language sql stable
return coalesce(
    (
        select (y.profile #>> '{flows,commitment_changes,is_on}')::boolean
        from core.company as y
        where y.company_id = wanted_company
    ),
    false
);
comment on function recon.sends_changes(text)
is 'Whether approved corrections of commitments go to Sage by themselves: its profile';

-- Commitment lines as Sage has them now, and as they would be without our own change orders; one row per line.
create view recon.ordered_line with (security_invoker = true) as
with changed as (
    select
        x.company_id,
        x.commitment,
        x.item_number,
        sum(x.units) as units,
        sum(x.amount) as amount,
        coalesce(sum(x.units) filter (where w.change_id is not null), 0) as units_own,
        coalesce(sum(x.amount) filter (where w.change_id is not null), 0) as amount_own
    from core.change_order as o
    inner join core.change_order_item as x
        on x.company_id = o.company_id and x.commitment = o.commitment and x.change_order = o.change_order
    left join outbox.change_order as w
        on w.company_id = o.company_id and w.commitment = o.commitment and w.reference = o.change_order
    where o.status = 'Approved'
    group by x.company_id, x.commitment, x.item_number
)

select
    i.company_id,
    i.commitment,
    i.item_number,
    i.unit_cost,
    i.units = 0 as is_lump_sum,
    k.is_closed,
    i.units + coalesce(c.units, 0) as units,
    i.amount + coalesce(c.amount, 0) as amount,
    i.units + coalesce(c.units - c.units_own, 0) as units_of_others,
    i.amount + coalesce(c.amount - c.amount_own, 0) as amount_of_others
from core.commitment_item as i
inner join core.commitment as k on k.company_id = i.company_id and k.commitment = i.commitment
left join changed as c
    on c.company_id = i.company_id and c.commitment = i.commitment and c.item_number = i.item_number;
comment on view recon.ordered_line
is 'Commitment lines as Sage has them, and without our change orders; key: company_id, commitment, item_number';

-- What is approved to be taken out of commitment lines and does not stand in Sage yet; one row per line. What a change
-- order of ours was held for because somebody else moved its line will not go and is proposed anew.
create view recon.reduction_under_way with (security_invoker = true) as
select
    p.company_id,
    p.commitment,
    p.item_number,
    sum(p.quantity) as units,
    -sum(p.amount) as amount
from recon.proposed_event as p
left join outbox.change_order_proposal as l on l.proposal_id = p.proposal_id
left join outbox.change_order as w on w.change_id = l.change_id
where
    p.event_type = 'commitment_reduced' and p.state = 'approved' and p.amount is not null
    and recon.sends_changes(p.company_id)
    and w.hold_rule is distinct from 'commitment_moved'
    and not exists (
        select
        from core.change_order as o
        where
            o.company_id = w.company_id and o.commitment = w.commitment and o.change_order = w.reference
            and o.status = 'Approved'
    )
group by p.company_id, p.commitment, p.item_number;
comment on view recon.reduction_under_way
is 'What is approved to be taken out of lines and not in Sage yet; key: company_id, commitment, item_number';
