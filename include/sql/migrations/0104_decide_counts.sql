-- A stock-take difference can be refused as well as approved, and a decision be replaced by a later one: nothing that a
-- person has looked at waits for ever. Units found beyond what was ever missed are worth nothing by themselves: the
-- receipt that is missing has to be recorded (domain 5: no money without a receipt).
alter table ledger.count_decision add column decision text not null default 'approved'
check (decision in ('approved', 'refused'));
alter table ledger.count_decision add column decision_no bigint generated always as identity;
alter table ledger.count_decision drop constraint count_decision_pkey;
alter table ledger.count_decision add primary key (company_id, event_id, decision_no);
comment on table ledger.count_decision
is 'Decisions about stock-take differences, by the counted event; the last one counts; append-only; '
'key: company_id, event_id, decision_no';
comment on column ledger.count_decision.decided_by is 'Who decided';
comment on column ledger.count_decision.decision is 'approved, or refused: the count moves nothing';
comment on column ledger.count_decision.decision_no is 'Number of the decision';

create view ledger.count_verdict with (security_invoker = true) as
select distinct on (d.company_id, d.event_id)
    d.company_id,
    d.event_id,
    d.decision,
    d.decided_by,
    d.reason,
    d.decided_at
from ledger.count_decision as d
order by d.company_id asc, d.event_id asc, d.decision_no desc;
comment on view ledger.count_verdict is 'The last decision about each stock-take difference; key: company_id, event_id';
comment on column ledger.count_verdict.company_id is 'The company: one Sage data folder';
comment on column ledger.count_verdict.event_id is 'The counted event';
comment on column ledger.count_verdict.decision is 'approved, or refused: the count moves nothing';
comment on column ledger.count_verdict.decided_by is 'Who decided';
comment on column ledger.count_verdict.reason is 'Why, in words';
comment on column ledger.count_verdict.decided_at is 'When';

create function ledger.touch_counted_lines() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into ledger.touched_line (company_id, commitment, item_number)
    select distinct
        x.company_id,
        x.commitment,
        x.item_number
    from new_rows as n
    inner join ledger.event_line as x on x.company_id = n.company_id and x.event_id = n.event_id
    inner join core.commitment_item as l
        on l.company_id = x.company_id and l.commitment = x.commitment and l.item_number = x.item_number
    on conflict do nothing;
    return null;
end
$$;
comment on function ledger.touch_counted_lines is 'Values lines anew whose stock-take difference was decided about';
create trigger touch_lines after insert on ledger.count_decision
referencing new table as new_rows
for each statement execute function ledger.touch_counted_lines();

update ledger.waiting_rule
set
    reason = '%1$s of %2$s %3$s of %4$s item %5$s is a stock-take difference nobody has decided about',
    remedy = 'approve or refuse it: a row in ledger.count_decision with decision, your name and the reason'
where rule = 'count_not_approved';
insert into ledger.waiting_rule (rule, owner, reason, remedy) values
(
    'count_gain_unexplained', 'finance',
    '%1$s of %2$s %3$s finds more of %4$s item %5$s than earlier counts missed there: a receipt is missing',
    'have the missing receipt recorded with its own day, then refuse the count in ledger.count_decision; or refuse it '
    'alone if it was miscounted, or approve the loss that came before it'
);
