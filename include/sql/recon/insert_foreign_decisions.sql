-- Take down what the preparer wants done with cost rows of others, bound to each row's content now; one row per Sage
-- row. Linked are AP rows, and only to a PO line that Sage has.
insert into recon.foreign_decision (run_no, company_id, row_id, row_hash, decision, commitment, item_number)
select
    %(run_no)s,
    t.company_id,
    t.row_id,
    recon.row_hash(t) as row_hash,
    case
        when k.row_id is not null then 'link'
        when t.row_id = any(%(accept_entries)s::text[]) then 'accept'
        else 'reverse'
    end as decision,
    i.commitment,
    i.item_number
from core.job_cost_transaction as t
inner join recon.sage_cost_row as s on s.company_id = t.company_id and s.row_id = t.row_id
left join
    unnest(%(link_rows)s::text[], %(link_commitments)s::text[], %(link_items)s::integer[])
        as k (row_id, commitment, item_number)
    on k.row_id = t.row_id and s.kind = 'ap_unmatched'
left join core.commitment_item as i
    on i.company_id = t.company_id and i.commitment = k.commitment and i.item_number = k.item_number
where
    t.company_id = %(company_id)s and s.kind in ('foreign', 'ap_unmatched') and s.transaction_date <= %(period_end)s
    and (
        i.item_number is not null
        or (k.row_id is null and t.row_id = any(%(accept_entries)s::text[]))
        or (k.row_id is null and t.row_id = any(%(reverse_entries)s::text[]))
    )
