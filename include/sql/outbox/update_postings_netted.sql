-- Lines of one key that never left and sum to zero undo each other: nothing of them goes to Sage; one row per line.
with netted as (
    select
        p.kind,
        p.transaction_date,
        p.accounting_date_wanted,
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.commitment,
        p.item_number,
        p.source_key,
        p.debit_account
    from outbox.cost_posting as p
    where p.company_id = %(company_id)s and p.is_open
    group by
        p.kind, p.transaction_date, p.accounting_date_wanted, p.job, p.extra, p.cost_code, p.category, p.commitment,
        p.item_number, p.source_key, p.debit_account
    having count(*) > 1 and sum(p.amount) = 0 and sum(p.units) = 0
)

update outbox.cost_posting as p
set
    state = 'reversed',
    hold_rule = null,
    hold_reason = null,
    reject_rule = null
from netted as n
where
    p.company_id = %(company_id)s
    and p.is_open
    and p.kind = n.kind
    and p.transaction_date = n.transaction_date
    and p.accounting_date_wanted = n.accounting_date_wanted
    and p.job = n.job
    and p.extra = n.extra
    and p.cost_code = n.cost_code
    and p.category = n.category
    and p.commitment = n.commitment
    and p.item_number is not distinct from n.item_number
    and p.source_key = n.source_key
    and p.debit_account = n.debit_account
    -- What Sage holds already has left, whatever we recorded of it.
    and not exists (
        select
        from core.job_cost_transaction as t
        where t.company_id = p.company_id and t.ref_1 = p.posting_reference
    )
