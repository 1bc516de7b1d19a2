-- An event that waits when a month is signed has no value in it. What cures it later is recorded after the close, and
-- so the event is valued after it: every close keeps which events it found waiting, and the last such close takes the
-- place of the closes signed before the event was known (docs/decisions/0011).
create table ledger.wait_at_close (
    company_id text not null,
    close_no integer not null,
    event_id text not null,
    rule text not null,
    primary key (company_id, event_id, close_no)
);
comment on table ledger.wait_at_close
is 'Events that waited when a period was signed; append-only; key: company_id, event_id, close_no';
comment on column ledger.wait_at_close.company_id is 'The company: one Sage data folder';
comment on column ledger.wait_at_close.close_no is 'The close, as in ledger.period_close';
comment on column ledger.wait_at_close.event_id is 'The event that waited';
comment on column ledger.wait_at_close.rule is 'Why it waited then, a rule of ledger.waiting_rule';
revoke update, delete, truncate on ledger.wait_at_close from pipeline;
create trigger append_only before update or delete or truncate on ledger.wait_at_close
for each statement execute function audit.refuse_change();
alter table ledger.wait_at_close enable always trigger append_only;
call core.protect_rows('ledger.wait_at_close');

create view ledger.event_cured_after with (security_invoker = true) as
select
    w.company_id,
    w.event_id,
    max(w.close_no) as close_no
from ledger.wait_at_close as w
group by w.company_id, w.event_id;
comment on view ledger.event_cured_after
is 'The last close at which an event waited: it takes part after it; one row per event that ever did';
comment on column ledger.event_cured_after.company_id is 'The company: one Sage data folder';
comment on column ledger.event_cured_after.event_id is 'The event';
comment on column ledger.event_cured_after.close_no is 'The last close at which it waited';

-- What nobody has looked at yet stands in the way of a sign-off; it is no wait.
create function ledger.note_waits() returns trigger
language plpgsql as $$
begin
    insert into ledger.wait_at_close (company_id, close_no, event_id, rule)
    select t.company_id, new.close_no, t.event_id, t.rule
    from ledger.event_tag as t
    where t.company_id = new.company_id and t.status = 'waiting' and t.rule <> 'new';
    return null;
end
$$;
comment on function ledger.note_waits is 'Keeps which events wait when a period is signed';
create trigger note_waits after insert on ledger.period_close
for each row execute function ledger.note_waits();

-- Of closes signed before this release: what was known then and waits to this day waited then too.
insert into ledger.wait_at_close (company_id, close_no, event_id, rule)
select
    t.company_id,
    p.close_no,
    t.event_id,
    t.rule
from ledger.event_tag as t
inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
inner join ledger.period_close as p on p.company_id = t.company_id and p.close_no > e.close_count
where t.status = 'waiting' and t.rule <> 'new';
