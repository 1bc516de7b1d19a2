-- What is recorded after a close is valued after it; invoices, too (domain 5). Sage's rows carry no number of closes
-- and change their ids, so that every close keeps which bills of which lines it saw, and from which day on they billed.
create view ledger.billed_row with (security_invoker = true) as
select
    r.company_id,
    r.commitment,
    r.item_number,
    r.vendor || E'\x1f' || r.invoice as bill,
    r.transaction_date as day,
    r.units,
    r.amount
from outbox.mirrored_ap_row as r
left join ledger.opening_balance as o
    on o.company_id = r.company_id and o.commitment = r.commitment and o.item_number = r.item_number
where o.opened_on is null or r.transaction_date >= o.opened_on
union all
select
    o.company_id,
    o.commitment,
    o.item_number,
    '' as bill,
    o.opened_on - 1 as day,
    o.units_invoiced as units,
    o.amount_invoiced as amount
from ledger.opening_balance as o
where o.units_invoiced <> 0 or o.amount_invoiced <> 0;
comment on view ledger.billed_row
is 'AP rows on PO lines, for what their price means; what was billed before an opening is one bill of the day before';
comment on column ledger.billed_row.company_id is 'The company: one Sage data folder';
comment on column ledger.billed_row.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.billed_row.item_number is 'PO line, starting at 1';
comment on column ledger.billed_row.bill
is 'Vendor and invoice, parted by the unit separator; empty = before the opening';
comment on column ledger.billed_row.day is 'Transaction date of the row';
comment on column ledger.billed_row.units is 'Units billed; 0 where the row carries none';
comment on column ledger.billed_row.amount is 'Amount billed, before retainage';

create table ledger.bill_at_close (
    company_id text not null,
    commitment text not null,
    item_number integer not null,
    bill text not null,
    close_no integer not null,
    billed_on date not null,
    primary key (company_id, commitment, item_number, bill)
);
comment on table ledger.bill_at_close
is 'Bills with units that were known when a period was signed, each at the first such close; append-only; '
'key: company_id, commitment, item_number, bill';
comment on column ledger.bill_at_close.company_id is 'The company: one Sage data folder';
comment on column ledger.bill_at_close.commitment is 'Commitment (purchase order) in Sage';
comment on column ledger.bill_at_close.item_number is 'PO line, starting at 1';
comment on column ledger.bill_at_close.bill is 'The bill, as in ledger.billed_row';
comment on column ledger.bill_at_close.close_no is 'The first close that knew it, as in ledger.period_close';
comment on column ledger.bill_at_close.billed_on is 'Its first day as that close knew it';
revoke update, delete, truncate on ledger.bill_at_close from pipeline;
create trigger append_only before update or delete or truncate on ledger.bill_at_close
for each statement execute function audit.refuse_change();
alter table ledger.bill_at_close enable always trigger append_only;
call core.protect_rows('ledger.bill_at_close');

create function ledger.note_bills() returns trigger
language plpgsql as $$
begin
    insert into ledger.bill_at_close (company_id, commitment, item_number, bill, close_no, billed_on)
    select r.company_id, r.commitment, r.item_number, r.bill, new.close_no, min(r.day)
    from ledger.billed_row as r
    where r.company_id = new.company_id and r.units <> 0
    group by r.company_id, r.commitment, r.item_number, r.bill
    on conflict (company_id, commitment, item_number, bill) do nothing;
    return null;
end
$$;
comment on function ledger.note_bills is 'Keeps which bills are known when a period is signed';
create trigger note_bills after insert on ledger.period_close
for each row execute function ledger.note_bills();

-- Of closes signed before this release: their bills keep the order they have, in front of what comes from now on.
insert into ledger.bill_at_close (company_id, commitment, item_number, bill, close_no, billed_on)
with last_close as (
    select
        c.company_id,
        max(c.close_no) as close_no
    from ledger.period_close as c
    group by c.company_id
)

select
    r.company_id,
    r.commitment,
    r.item_number,
    r.bill,
    p.close_no,
    min(r.day) as billed_on
from ledger.billed_row as r
inner join last_close as p on p.company_id = r.company_id
where r.units <> 0
group by r.company_id, r.commitment, r.item_number, r.bill, p.close_no;

-- What is billed beyond what came is taken off the latest bills first, also where the position says what it costs: in
-- the order the bills are laid in, not that of their last rows.
do $$
declare
    definition text := pg_get_functiondef('mart.commitment_position_at(text, date)'::regprocedure);
    part record;
begin
    for part in
        select *
        from (
            values
            (
                'max(s.transaction_date) as invoiced_on',
                'min(s.transaction_date) filter (where s.units <> 0) as invoiced_on'
            ),
            (
                'order by v.invoiced_on desc, v.invoice desc, v.vendor desc',
                'order by coalesce(k.close_no, 2147483647) desc, coalesce(k.billed_on, v.invoiced_on) desc, v.bill desc'
            ),
            (
                's.vendor,
            s.invoice,
            min(s.transaction_date)',
                'case when s.vendor = '''' and s.invoice = '''' then '''' else s.vendor || E''\x1f'' || s.invoice end'
                ' collate "C" as bill,
            min(s.transaction_date)'
            ),
            (
                'inner join lines as l on l.commitment = v.commitment and l.item_number = v.item_number
            where v.units > 0',
                'inner join lines as l on l.commitment = v.commitment and l.item_number = v.item_number
            left join ledger.bill_at_close as k
                on
                    k.company_id = $1 and k.commitment = v.commitment and k.item_number = v.item_number
                    and k.bill = v.bill
            where v.units > 0'
            )
        ) as parts (old_text, new_text)
    loop
        if strpos(definition, part.old_text) = 0 then
            raise exception 'mart.commitment_position_at is not the function this migration changes: no %', part.old_text;
        end if;
        definition := replace(definition, part.old_text, part.new_text);
    end loop;
    execute definition;
end
$$;
