-- Free rejected receiving confirmations whose cause a person has repaired; one row per event.
update outbox.receiving_confirmation as r
set
    state = 'eligible',
    version_no = r.version_no + 1
where
    r.company_id = %(company_id)s
    and (r.reference = any(%(wanted)s::text[]) or r.event_id = any(%(wanted)s::text[]))
    and r.state = 'rejected'
returning r.reference as event_id
