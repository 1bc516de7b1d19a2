-- Propose the journal of the month: per PO line what its accounts must hold less what is approved; one row per line
-- and side. What takes an approved line back has debit and credit account the other way round.
insert into recon.journal (
    run_no, company_id, period, commitment, item_number, side, amount, debit_account, credit_account, content_hash,
    proposed_by
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    d.commitment,
    d.item_number,
    d.side,
    d.amount_due,
    case when d.amount_due > 0 then a.debit_account else a.credit_account end as debit_account,
    case when d.amount_due > 0 then a.credit_account else a.debit_account end as credit_account,
    '' as content_hash,
    %(prepared_by)s
from work_journal as d
inner join core.company as y on y.company_id = %(company_id)s
inner join lateral (
    values
    ('owed', y.profile #>> '{accounts,stored_materials}', y.profile #>> '{accounts,received_not_invoiced}'),
    ('claim', y.profile #>> '{accounts,vendor_claims}', y.profile #>> '{accounts,stored_materials}')
) as a (side, debit_account, credit_account) on a.side = d.side
where d.amount_due <> 0
order by d.commitment, d.item_number, d.side
