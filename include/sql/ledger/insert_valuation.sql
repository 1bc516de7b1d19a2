-- Open the record of this valuation with what it looks at.
insert into ledger.valuation (line_count, event_count)
values ((select count(*) from work_line), (select count(*) from work_event))
returning valuation_id, line_count, event_count
