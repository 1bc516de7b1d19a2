-- Take down what the preparer wants done with cost rows of others, bound to each row's content now; one row per Sage
-- row.
insert into recon.foreign_decision (run_no, company_id, row_id, row_hash, decision)
select
    %(run_no)s,
    t.company_id,
    t.row_id,
    recon.row_hash(t) as row_hash,
    case when t.row_id = any(%(accept_entries)s::text[]) then 'accept' else 'reverse' end as decision
from core.job_cost_transaction as t
inner join recon.sage_cost_row as s on s.company_id = t.company_id and s.row_id = t.row_id
where
    t.company_id = %(company_id)s and s.kind in ('foreign', 'ap_unmatched') and s.transaction_date <= %(period_end)s
    and (t.row_id = any(%(accept_entries)s::text[]) or t.row_id = any(%(reverse_entries)s::text[]))
