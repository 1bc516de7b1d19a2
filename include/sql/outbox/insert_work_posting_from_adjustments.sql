-- New adjustment lines: what is approved with exactly this content by another person than the preparer; one row each.
insert into work_posting (
    kind,
    transaction_date,
    accounting_date_wanted,
    job,
    extra,
    cost_code,
    category,
    commitment,
    item_number,
    source_key,
    description, units, amount, debit_account, adjustment_id
)
select
    'adjustment' as kind,
    a.transaction_date,
    case
        when to_char(a.transaction_date, 'YYYY-MM') = a.period then a.transaction_date
        else (to_date(a.period || '-01', 'YYYY-MM-DD') + interval '1 month - 1 day')::date
    end as accounting_date_wanted,
    a.job,
    a.extra,
    a.cost_code,
    a.category,
    a.commitment,
    a.item_number,
    'adjustment ' || a.adjustment_id as source_key,
    regexp_replace('Adjust ' || a.period || ' ' || a.reason, '["[:cntrl:]]', '''', 'g') as description,
    0 as units,
    a.amount,
    '' as debit_account,
    a.adjustment_id
from recon.adjustment as a
inner join audit.approval as b
    on
        a.approval_id = b.approval_id
        and a.company_id = b.company_id
        and a.content_hash = b.content_hash
        and b.decision = 'approved'
        and b.decided_by <> b.prepared_by
        and a.proposed_by <> b.decided_by
left join outbox.cost_posting as p on a.company_id = p.company_id and a.adjustment_id = p.adjustment_id
where a.company_id = %(company_id)s and a.state = 'approved' and p.posting_id is null
