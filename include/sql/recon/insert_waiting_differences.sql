-- Differences of consumption that is on no posting yet, per codes and PO line; cumulative to the period's end.
-- A key whose entries add up to nothing needs no posting and is no difference.
insert into recon.difference (
    run_no, company_id, period, side, cause, reference, job, extra, cost_code, category, commitment, item_number,
    transaction_date, amount_ours, amount_sage, explanation
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    'ours' as side,
    'not_sent' as cause,
    '' as reference,
    v.job,
    v.extra,
    v.cost_code,
    v.category,
    v.commitment,
    v.item_number,
    max(v.entry_date) as transaction_date,
    sum(v.amount) as amount_ours,
    0 as amount_sage,
    'consumption on no posting yet: run core_to_sage__material_costs through the period''s end' as explanation
from ledger.value_entry as v
where
    v.company_id = %(company_id)s and v.measure in ('installed', 'wasted') and v.entry_date <= %(period_end)s
    and not exists (
        select
        from outbox.posting_entry as l
        where l.entry_id = v.entry_id
    )
group by v.job, v.extra, v.cost_code, v.category, v.commitment, v.item_number
having sum(v.amount) <> 0
