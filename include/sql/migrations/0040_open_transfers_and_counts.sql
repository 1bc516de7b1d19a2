-- Transfers between locations, jobs and codes, and stock counts become part of the valuation (domain 2 to 4).
alter table ledger.event_tag drop constraint event_tag_effect_check;
alter table ledger.event_tag add constraint event_tag_effect_check check (
    effect in (
        'receipt', 'cut', 'add', 'allocate', 'deallocate', 'consume', 'give_back', 'transfer', 'transfer_back'
    )
);
comment on column ledger.event_tag.effect
is 'What it does: receipt, cut / add (units of a layer down / up), allocate, deallocate, consume, give_back, transfer, '
'transfer_back; null while what it names is unknown';
comment on column ledger.event_tag.layer_event_id
is 'The receipt, or the transfer that brought the units, which the event says it draws from; null = none said';

-- A stock-take difference is a proposal of the field: it counts once finance has approved it.
create table ledger.count_decision (
    company_id text not null references core.company,
    event_id text not null,
    decided_by text not null check (decided_by <> ''),
    reason text not null check (reason <> ''),
    decided_at timestamptz not null default now(),
    primary key (company_id, event_id)
);
comment on table ledger.count_decision
is 'Approved stock-take differences, by the counted event; append-only; key: company_id, event_id';
comment on column ledger.count_decision.company_id is 'The company: one Sage data folder';
comment on column ledger.count_decision.event_id is 'The counted event';
comment on column ledger.count_decision.decided_by is 'Who approved it';
comment on column ledger.count_decision.reason is 'Why, in words';
comment on column ledger.count_decision.decided_at is 'When';
revoke update, delete, truncate on ledger.count_decision from pipeline;
grant insert on ledger.count_decision to finance;
create trigger append_only before update or delete or truncate on ledger.count_decision
for each statement execute function audit.refuse_change();
alter table ledger.count_decision enable always trigger append_only;

insert into ledger.waiting_rule (rule, owner, reason, remedy) values
(
    'count_not_approved', 'finance',
    '%1$s of %2$s %3$s of %4$s item %5$s is a stock-take difference nobody has approved',
    'approve it (a row in ledger.count_decision with your name and the reason), or dismiss it and count again'
);
update ledger.waiting_rule
set
    reason = '%1$s of %2$s %3$s was not valued by the release it arrived under',
    remedy = 'run runblu_to_core__material_events'
where rule = 'event_type_not_open';

-- What waited for this release is looked at by the next valuation.
update ledger.event_tag as t
set
    effect = case
        when e.event_type = 'transferred' then 'transfer' when e.quantity < 0 then 'consume' else 'give_back'
    end
from ledger.material_event as e
where
    e.company_id = t.company_id and e.event_id = t.event_id
    and e.event_type in ('transferred', 'counted') and t.effect is null
    and coalesce(e.receipt_event_id, e.reverses_event_id) is null;
