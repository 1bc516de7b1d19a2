-- Touch every PO line of a company, so that the next valuation looks at all of them; one row per line that was not
-- touched.
insert into ledger.touched_line (company_id, commitment, item_number)
select
    i.company_id,
    i.commitment,
    i.item_number
from core.commitment_item as i
where i.company_id = %(company_id)s
