-- Take the marks this valuation has seen of lines it valued; those of lines not yet known in Sage's mirror stay.
delete from ledger.touched_line as t
using work_touch as w, work_line as l
where
    w.company_id = t.company_id and w.touch_id = t.touch_id
    and l.company_id = w.company_id and l.commitment = w.commitment and l.item_number = w.item_number
