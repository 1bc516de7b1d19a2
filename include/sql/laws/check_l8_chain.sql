-- L8: a change of one byte in the event log is found: the whole chain recomputed; one row.
select
    count(f.finding) = 0 as holds,
    max(h.batches) as batches,
    count(f.finding) as batches_broken,
    min(f.finding) as first_finding
from (
    select count(*) as batches
    from audit.chain_head
    where company_id = %(company_id)s
) as h
left join ledger.verify_chain(%(company_id)s) as f on true
