-- What the golden transaction leaves in Sage for good; one row per record.
select
    0 as place,
    'purchase order line' as kind,
    i.commitment || '/' || i.item_number as record,
    '' as batch,
    i.amount
from core.commitment_item as i
where i.company_id = %(company_id)s and i.commitment = %(commitment)s and i.item_number = %(item_number)s
union all
select
    1 as place,
    'receiving confirmation, ' || c.state as kind,
    c.reference as record,
    '' as batch,
    null as amount
from outbox.receiving_confirmation as c
where c.company_id = %(company_id)s and c.event_id = any(%(event_ids)s)
union all
select
    2 as place,
    'job cost row, Ref 1 ' || p.posting_reference as kind,
    t.row_id as record,
    t.batch,
    t.amount
from outbox.cost_posting as p
inner join core.job_cost_transaction as t
    on t.company_id = p.company_id and t.ref_1 = p.posting_reference and t.gone_at is null
where
    p.company_id = %(company_id)s and p.commitment = %(commitment)s and p.item_number = %(item_number)s
    and t.ref_1 <> ''
union all
select
    3 as place,
    'ledger row, account ' || g.account as kind,
    g.row_id as record,
    g.batch,
    g.amount_debit - g.amount_credit as amount
from core.ledger_transaction as g
where
    g.company_id = %(company_id)s
    and exists (
        select
        from outbox.cost_posting as p
        inner join core.job_cost_transaction as t on t.company_id = p.company_id and t.ref_1 = p.posting_reference
        where
            p.company_id = g.company_id and p.commitment = %(commitment)s and p.item_number = %(item_number)s
            and t.ref_1 <> '' and t.batch = g.batch and t.accounting_date = g.accounting_date
            and g.account in (p.debit_account, p.credit_account)
            and abs(g.amount_debit - g.amount_credit) = abs(p.amount)
    )
order by place, record
