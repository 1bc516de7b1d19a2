-- Have the PO lines valued again that a transfer of commitment items changed; one row per line.
insert into ledger.touched_line (company_id, commitment, item_number)
select
    i.company_id,
    i.commitment,
    i.item_number
from core.commitment_item as i
where i.company_id = %(company_id)s and i.transfer_id = %(transfer_id)s
