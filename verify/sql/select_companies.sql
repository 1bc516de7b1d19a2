-- Companies that have events or heads, found by looking up each after the one before; one row per company.
with recursive company as (
    select
        least(
            (select min(e.company_id) from ledger.material_event as e),
            (select min(h.company_id) from audit.chain_head as h)
        ) as company_id
    union all
    select
        least(
            (
                select min(e.company_id)
                from ledger.material_event as e
                where e.company_id > c.company_id
            ),
            (
                select min(h.company_id)
                from audit.chain_head as h
                where h.company_id > c.company_id
            )
        ) as company_id
    from company as c
    where c.company_id is not null
)

select c.company_id
from company as c
where c.company_id is not null
order by c.company_id
