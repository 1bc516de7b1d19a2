-- Event documents in the inbox: each line is received once and installed in parts, so many times a day; one row per
-- document.
with event as (
    select
        l,
        k,
        'E' || l || '-' || k as event_id,
        '2026-01-05'::date + mod(l, 100)
        + 7 * ((k + %(installs_per_day)s::integer - 1) / %(installs_per_day)s::integer) as day
    from generate_series(%(first_line)s::integer, %(last_line)s::integer) as l
    cross join generate_series(0, %(events_per_line)s::integer - 1) as k
)

insert into ledger.event_inbox (company_id, event_id, document)
select
    %(company_id)s,
    e.event_id,
    jsonb_build_object(
        'event_id', e.event_id,
        'event_type', case e.k when 0 then 'received' else 'installed' end,
        'occurred_at', to_char(e.day, 'YYYY-MM-DD') || 'T10:00:00-06:00',
        'recorded_at', to_char(e.day, 'YYYY-MM-DD') || 'T10:01:00-06:00',
        'commitment', 'PO' || e.l / 100,
        'item_number', mod(e.l, 100) + 1,
        'location', 'YARD',
        'quantity', (case e.k when 0 then 100 else 80 / (%(events_per_line)s::integer - 1) + mod(e.k, 2) end)::text,
        'unit', 'EA',
        'receipt_event_id', case when e.k > 0 then 'E' || e.l || '-0' end,
        'actor', 'kim',
        'device', 'tab-3'
    ) as document
from event as e
order by e.k, e.l
