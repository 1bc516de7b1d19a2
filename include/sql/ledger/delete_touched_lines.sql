-- Forget the touched lines that were valued; lines touched but not yet known in Sage's mirror stay.
delete from ledger.touched_line as t
using work_line as l
where t.company_id = l.company_id and t.commitment = l.commitment and t.item_number = l.item_number
