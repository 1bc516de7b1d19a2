-- Work table of one run: the entries of consumption that our lines carry, added up once for all that read it; one row
-- per line, PO line and codes. Gone at commit.
create temporary table work_posting_entry on commit drop as
select
    l.posting_id,
    v.job,
    v.extra,
    v.cost_code,
    v.category,
    v.commitment,
    v.item_number,
    sum(l.times * v.amount) as amount
from outbox.cost_posting as p
inner join outbox.posting_entry as l on l.company_id = p.company_id and l.posting_id = p.posting_id
inner join ledger.value_entry as v on v.company_id = l.company_id and v.entry_id = l.entry_id
where p.company_id = %(company_id)s
group by l.posting_id, v.job, v.extra, v.cost_code, v.category, v.commitment, v.item_number
