-- Free rejected change orders whose cause a person has repaired; their next version goes next; one row each.
update outbox.change_order as w
set
    state = 'eligible',
    version_no = w.version_no + 1
where
    w.company_id = %(company_id)s
    and w.reference = any(%(wanted)s::text[])
    and w.state = 'rejected'
returning w.reference
