-- Marks that lines are to be valued again are rows of their own and no set. As a set, a mark made while a valuation was
-- at work found the older one, which the valuation then took away with itself: a new unit cost that was committed after
-- the valuation had read the line was never valued.
alter table ledger.touched_line
drop constraint touched_line_pkey,
add column touch_id bigint generated always as identity,
add primary key (company_id, touch_id);
comment on table ledger.touched_line
is 'Marks that a PO line is to be valued again, taken by the valuation that sees them; a line may have several; key: '
'company_id, touch_id';
comment on column ledger.touched_line.touch_id is 'Number of the mark';
