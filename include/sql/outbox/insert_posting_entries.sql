-- Link each value entry to the line that carries it, once and for ever; one row per entry.
insert into outbox.posting_entry (entry_id, posting_id)
select
    unnest(r.entry_ids) as entry_id,
    p.posting_id
from ready_posting as r
inner join outbox.cost_posting as p on p.company_id = %(company_id)s and r.reference = p.posting_reference
where r.posting_id is null and r.entry_ids is not null
