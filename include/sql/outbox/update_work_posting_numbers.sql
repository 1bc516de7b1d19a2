-- Number the new lines of one natural key after those there and derive their references; one row per new line.
with numbered as (
    select
        d.work_id,
        (
            coalesce(highest.difference_no, 0) + row_number() over (
                partition by
                    d.kind, d.transaction_date, d.job, d.extra, d.cost_code, d.category, d.commitment, d.item_number,
                    d.source_key
                order by d.accounting_date_wanted, d.debit_account
            )
        )::integer as difference_no
    from work_posting as d
    left join lateral (
        select max(p.difference_no) as difference_no
        from outbox.cost_posting as p
        where
            p.company_id = %(company_id)s
            and p.kind = d.kind
            and p.transaction_date = d.transaction_date
            and p.job = d.job
            and p.extra = d.extra
            and p.cost_code = d.cost_code
            and p.category = d.category
            and p.commitment = d.commitment
            and coalesce(p.item_number, 0) = coalesce(d.item_number, 0)
            and p.source_key = d.source_key
    ) as highest on true
    where d.posting_id is null
),

hashed as materialized (
    select
        n.work_id,
        n.difference_no,
        outbox.reference_number(
            outbox.natural_key(
                %(company_id)s, d.kind, d.transaction_date, d.job, d.extra, d.cost_code, d.category, d.commitment,
                d.item_number, d.source_key, n.difference_no
            ), 0
        ) as hash_number
    from numbered as n
    inner join work_posting as d on n.work_id = d.work_id
)

update work_posting as w
set
    difference_no = h.difference_no,
    reference = outbox.reference_text(w.kind, h.hash_number)
from hashed as h
where w.work_id = h.work_id
