-- Link each value entry to the line that carries it or takes it back, for ever; one row per entry and line.
with latest as (
    select
        x.entry_id,
        max(x.turn) as turn
    from outbox.posting_entry as x
    group by x.entry_id
)

insert into outbox.posting_entry (entry_id, posting_id, turn, times)
select
    w.entry_id,
    p.posting_id,
    coalesce(b.turn, 0) + row_number() over (partition by w.entry_id order by p.transaction_date) as turn,
    w.times
from ready_posting as r
inner join outbox.cost_posting as p on p.company_id = %(company_id)s and r.reference = p.posting_reference
cross join lateral unnest(r.entry_ids, r.entry_times) as w (entry_id, times)
left join latest as b on b.entry_id = w.entry_id
where r.posting_id is null and r.entry_ids is not null
