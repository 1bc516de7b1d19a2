-- Lines of one key that never left and sum to zero undo each other: nothing of them goes to Sage; one row per line.
-- What Sage holds, or held, has left, whatever we recorded of it: it is none of them, or Sage would keep one half.
with opposed as (
    select array_agg(p.posting_id) as posting_ids
    from outbox.cost_posting as p
    where p.company_id = %(company_id)s and p.is_open
    group by
        p.kind, p.transaction_date, p.accounting_date_wanted, p.job, p.extra, p.cost_code, p.category, p.commitment,
        p.item_number, p.source_key, p.debit_account
    having min(p.amount) < 0 and max(p.amount) > 0
),

netted as (
    select array_agg(p.posting_id) as posting_ids
    from opposed as o
    cross join lateral unnest(o.posting_ids) as l (posting_id)
    inner join outbox.cost_posting as p on p.company_id = %(company_id)s and p.posting_id = l.posting_id
    where
        not exists (
            select
            from core.job_cost_transaction as t
            where t.company_id = p.company_id and t.ref_1 = p.posting_reference and t.ref_1 <> ''
        )
    group by o.posting_ids
    having sum(p.amount) = 0 and sum(p.units) = 0
)

update outbox.cost_posting as p
set
    state = 'reversed',
    hold_rule = null,
    hold_reason = null,
    reject_rule = null
from netted as n
cross join lateral unnest(n.posting_ids) as l (posting_id)
where p.company_id = %(company_id)s and p.posting_id = l.posting_id
