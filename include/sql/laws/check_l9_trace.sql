-- L9: every number leads back: a line of consumption, price variance or accrual to its entries, an entry to its event,
-- an adjustment to its approval, a posted line to a row of Sage; one row.
with lines as (
    select
        p.kind,
        p.state,
        p.posting_reference,
        p.adjustment_id,
        exists (
            select
            from outbox.posting_entry as l
            where l.company_id = p.company_id and l.posting_id = p.posting_id
        )
        or exists (
            select
            from ledger.cost_entry as c
            where
                c.company_id = p.company_id and c.commitment = p.commitment and c.item_number = p.item_number
                and c.kind = case p.kind when 'accrual_reversal' then 'accrual' else p.kind end
                and c.entry_date = p.transaction_date and c.job = p.job and c.cost_code = p.cost_code
        ) as has_entries,
        exists(
            select
            from core.job_cost_transaction as t
            where t.company_id = p.company_id and t.row_id = p.sage_transaction_id and t.ref_1 = p.posting_reference
        ) as has_sage_row,
        exists(
            select
            from recon.adjustment as a
            inner join audit.approval as v
                on v.company_id = a.company_id and v.approval_id = a.approval_id and v.decision = 'approved'
            where a.company_id = p.company_id and a.adjustment_id = p.adjustment_id
        ) as has_approval
    from outbox.cost_posting as p
    where p.company_id = %(company_id)s
),

entries as (
    select
        count(*) as entries,
        count(*) filter (where e.event_id is null) as without_event
    from ledger.value_entry as v
    left join ledger.material_event as e on e.company_id = v.company_id and e.event_id = v.event_id
    where v.company_id = %(company_id)s
),

judged as (
    select
        count(*) as lines,
        count(*) filter (where l.kind not in ('adjustment', 'invoice_offset') and not l.has_entries) as without_entries,
        count(*) filter (where l.state = 'posted' and not l.has_sage_row) as without_sage_row,
        count(*) filter (where l.kind = 'adjustment' and not l.has_approval) as without_approval
    from lines as l
)

select
    j.without_entries = 0 and j.without_sage_row = 0 and j.without_approval = 0 and e.without_event = 0 as holds,
    j.lines as lines_traced,
    e.entries as entries_traced,
    j.without_entries as lines_without_entries,
    j.without_sage_row as lines_without_sage_row,
    j.without_approval as adjustments_without_approval,
    e.without_event as entries_without_event
from judged as j
cross join entries as e
