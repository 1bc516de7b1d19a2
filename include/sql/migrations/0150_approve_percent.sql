-- A lump-sum line is followed in percent where somebody approved that: its events count in percent of the whole.

-- As before, and keeps the percent sign.
create or replace function core.unit_key(written text) returns text
language sql immutable parallel safe
return upper(regexp_replace(written, '[^[:alnum:]#%²³]', '', 'g'));

insert into core.unit (unit, unit_name, dimension, numerator, denominator) values
('PCT', 'percent of the whole', 'PCT', 1, 1);
insert into core.unit_spelling (spelling, unit) values
('%', 'PCT'), ('P1', 'PCT'), ('PCT', 'PCT'), ('PERCENT', 'PCT');

alter table core.expected_quantity
add column is_percent boolean not null default false,
-- The whole is one of the line's unit, so that what Sage is told stays in that unit.
add constraint percent_of_one check (not is_percent or units = 1);
comment on column core.expected_quantity.is_percent
is 'Events count in percent of the whole, which is one of the line''s unit';

-- As before, and whether the line is followed in percent.
create or replace view core.priced_item with (security_invoker = true) as
select
    i.company_id,
    i.commitment,
    i.item_number,
    case when i.units = 0 then coalesce(x.units, 0) else i.units end as units,
    i.unit_cost,
    case when coalesce((y.profile ->> 'tax_on_lines')::boolean, false) then i.amount else i.amount - i.amount_tax end
        as amount,
    i.units = 0 and coalesce(x.is_percent, false) as is_percent
from core.commitment_item as i
inner join core.company as y on y.company_id = i.company_id
left join core.expected_quantity as x
    on x.company_id = i.company_id and x.commitment = i.commitment and x.item_number = i.item_number;
comment on column core.priced_item.is_percent is 'A lump sum whose events may count in percent of the whole';

update ledger.waiting_rule
set
    reason = '%1$s of %2$s %3$s is on lump-sum commitment %4$s item %5$s, which has neither an expected quantity nor '
    'percent approved',
    remedy = 'approve its expected quantity, or that it is followed in percent, in core.expected_quantity, then replay'
where rule = 'lump_sum_without_quantity';
