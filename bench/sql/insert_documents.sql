-- Event documents in the inbox: each line is received once and installed four times; one row per document.
insert into ledger.event_inbox (company_id, event_id, document)
select
    %(company_id)s,
    'E' || l || '-' || k as event_id,
    jsonb_build_object(
        'event_id', 'E' || l || '-' || k,
        'event_type', case k when 0 then 'received' else 'installed' end,
        'occurred_at', to_char('2026-01-05'::date + k * 7 + mod(l, 100), 'YYYY-MM-DD') || 'T10:00:00-06:00',
        'recorded_at', to_char('2026-01-05'::date + k * 7 + mod(l, 100), 'YYYY-MM-DD') || 'T10:01:00-06:00',
        'commitment', 'PO' || l / 100,
        'item_number', mod(l, 100) + 1,
        'location', 'YARD',
        'quantity', case k when 0 then '100' else (20 + k)::text end,
        'unit', 'EA',
        'receipt_event_id', case when k > 0 then 'E' || l || '-0' end,
        'actor', 'kim',
        'device', 'tab-3'
    ) as document
from generate_series(%(first_line)s::integer, %(last_line)s::integer) as l
cross join generate_series(0, %(events_per_line)s::integer - 1) as k
order by k, l
