-- Policies of the company's PO lines by day, for one preparation; one row per line and spell, gone at commit.
create temporary table work_policy on commit drop as
select
    p.commitment,
    p.item_number,
    p.valid_from,
    p.valid_to,
    p.first_from,
    p.policy,
    p.policy_before,
    count(*) over (partition by p.commitment, p.item_number) = 1 as is_single
from ledger.line_policy as p
where p.company_id = %(company_id)s
