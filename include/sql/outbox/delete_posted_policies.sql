-- Forget the policies of PO lines that changed; one row per line and spell.
delete from outbox.posted_policy as p
using changed_policy as c
where p.company_id = %(company_id)s and p.commitment = c.commitment and p.item_number = c.item_number
