-- What one material event is worth and the postings that carry it; one row per entry and posting.
select
    v.entry_id,
    v.measure,
    v.cause_kind,
    v.cause_id,
    v.entry_date,
    v.job,
    v.extra,
    v.cost_code,
    v.category,
    coalesce(l.times, 1) * v.units as units,
    coalesce(l.times, 1) * v.amount as amount,
    p.posting_reference,
    p.state,
    p.sage_transaction_id
from ledger.value_entry as v
left join outbox.posting_entry as l on l.company_id = v.company_id and l.entry_id = v.entry_id
left join outbox.cost_posting as p on p.company_id = l.company_id and p.posting_id = l.posting_id
where v.company_id = %(company_id)s and v.event_id = %(event_id)s
order by v.entry_id, l.turn
