-- Keep the policies of PO lines that changed, for the next posting to compare with; one row per line and spell.
insert into outbox.posted_policy (
    company_id, commitment, item_number, valid_from, valid_to, first_from, policy, policy_before
)
select
    %(company_id)s,
    p.commitment,
    p.item_number,
    p.valid_from,
    p.valid_to,
    p.first_from,
    p.policy,
    p.policy_before
from work_policy as p
inner join changed_policy as c on p.commitment = c.commitment and p.item_number = c.item_number
