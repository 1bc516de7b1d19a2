-- Have the PO lines valued again that a transfer of change orders changed; one row per line.
insert into ledger.touched_line (company_id, commitment, item_number)
select distinct
    i.company_id,
    i.commitment,
    i.item_number
from core.change_order as o
inner join core.change_order_item as i
    on i.company_id = o.company_id and i.commitment = o.commitment and i.change_order = o.change_order
where o.company_id = %(company_id)s and o.transfer_id = %(transfer_id)s
