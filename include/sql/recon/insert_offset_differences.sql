-- Differences of invoices and their offsets: AP cost on a PO line, or spread over it, must be mirrored to the cent, per
-- codes, line and day. Offsets under way count as there, because they are listed by their own reference until Sage has
-- posted them.
with invoices as (
    select
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.commitment,
        s.item_number,
        s.due_date as transaction_date,
        sum(s.amount) as amount,
        string_agg(distinct s.invoice, ', ') as invoices,
        string_agg(s.row_id, ', ' order by s.row_id) as row_ids
    from work_offset as s
    group by s.job, s.extra, s.cost_code, s.category, s.commitment, s.item_number, s.due_date
),

offsets as (
    select
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.commitment,
        p.item_number,
        p.transaction_date,
        sum(p.amount) as amount,
        min(p.posting_reference) as reference
    from outbox.cost_posting as p
    where
        p.company_id = %(company_id)s and p.kind = 'invoice_offset' and p.state <> 'reversed'
        and p.transaction_date <= %(period_end)s
    group by p.job, p.extra, p.cost_code, p.category, p.commitment, p.item_number, p.transaction_date
)

insert into recon.difference (
    run_no, company_id, period, side, cause, reference, sage_transaction_id, job, extra, cost_code, category,
    commitment, item_number, transaction_date, amount_ours, amount_sage, explanation
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    'ours' as side,
    'ap_without_offset' as cause,
    coalesce(o.reference, i.row_ids) as reference,
    i.row_ids,
    job,
    extra,
    cost_code,
    category,
    commitment,
    item_number,
    transaction_date,
    -coalesce(i.amount, 0) as amount_ours,
    coalesce(o.amount, 0) as amount_sage,
    case
        when i.amount is null then 'the invoice is gone from Sage: its offset has to be reversed'
        when o.amount is null then 'invoice ' || i.invoices || ' is not offset: run core_to_sage__material_costs'
        else 'invoice ' || i.invoices || ' changed after it was offset: run core_to_sage__material_costs'
    end as explanation
from invoices as i
full join offsets as o
    using (job, extra, cost_code, category, commitment, item_number, transaction_date) -- noqa: ST07
where coalesce(i.amount, 0) + coalesce(o.amount, 0) <> 0
