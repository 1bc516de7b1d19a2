-- Take down which entries by hand in the general ledger the preparer lets stand, bound to their content now; one row
-- per ledger row. What shall not stand is taken back in the general ledger itself.
insert into recon.foreign_decision (run_no, company_id, row_id, row_hash, decision)
select
    %(run_no)s,
    t.company_id,
    t.row_id,
    recon.ledger_row_hash(t) as row_hash,
    'accept' as decision
from core.ledger_transaction as t
inner join recon.ledger_row as r on r.company_id = t.company_id and r.row_id = t.row_id
where
    t.company_id = %(company_id)s and r.kind = 'entered' and not r.is_accepted
    and r.accounting_date <= %(period_end)s and t.row_id = any(%(accept_entries)s::text[])
