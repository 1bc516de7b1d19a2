-- Link each value entry to the line that carries it or takes it back, for ever; one row per entry and line. Most are
-- moved for the first time and by one line; the others follow the last line that moved them, by day.
insert into outbox.posting_entry (company_id, entry_id, posting_id, turn, times)
select
    p.company_id,
    w.entry_id,
    p.posting_id,
    1 as turn,
    w.times
from ready_posting as r
inner join outbox.cost_posting as p on p.company_id = %(company_id)s and r.reference = p.posting_reference
cross join lateral unnest(r.entry_ids, r.entry_times) as w (entry_id, times)
where r.posting_id is null and r.entry_ids is not null and r.entry_turns is null
union all
select
    p.company_id,
    w.entry_id,
    p.posting_id,
    w.turn + row_number() over (partition by w.entry_id order by p.transaction_date) as turn,
    w.times
from ready_posting as r
inner join outbox.cost_posting as p on p.company_id = %(company_id)s and r.reference = p.posting_reference
cross join lateral unnest(r.entry_ids, r.entry_times, r.entry_turns) as w (entry_id, times, turn)
where r.posting_id is null and r.entry_turns is not null
