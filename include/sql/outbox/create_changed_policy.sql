-- PO lines whose policies are not those of the last posting; one row per line, gone at commit.
create temporary table changed_policy on commit drop as
with known as (
    select
        p.commitment,
        p.item_number,
        p.valid_from,
        p.valid_to,
        p.first_from,
        p.policy,
        p.policy_before
    from outbox.posted_policy as p
    where p.company_id = %(company_id)s
)

select
    coalesce(n.commitment, o.commitment) as commitment,
    coalesce(n.item_number, o.item_number) as item_number
from work_policy as n
full join known as o on n.commitment = o.commitment and n.item_number = o.item_number and n.valid_from = o.valid_from
where
    (n.valid_to, n.first_from, n.policy, n.policy_before)
    is distinct from (o.valid_to, o.first_from, o.policy, o.policy_before)
group by coalesce(n.commitment, o.commitment), coalesce(n.item_number, o.item_number)
