-- Work table of one run: the policy of every managed PO line by day, worked out once for all that read it; one row per
-- line and spell. Gone at commit.
create temporary table work_line_policy on commit drop as
select
    y.commitment,
    y.item_number,
    y.policy,
    y.policy_before,
    y.valid_from,
    y.valid_to,
    y.first_from
from ledger.line_policy as y
where y.company_id = %(company_id)s
