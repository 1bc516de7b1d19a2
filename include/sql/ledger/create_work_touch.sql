-- The marks this valuation sees. They are read before anything they stand for: what is committed later left a mark that
-- is not among them, and stays.
create temporary table work_touch on commit drop as
select
    touch_id,
    company_id,
    commitment,
    item_number
from ledger.touched_line
