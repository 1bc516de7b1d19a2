-- Drop what was known of the layers of the lines at work, to be written anew; one row per movement.
delete from ledger.layer_movement as m
using work_line as l
where m.company_id = l.company_id and m.commitment = l.commitment and m.item_number = l.item_number
