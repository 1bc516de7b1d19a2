-- Free rejected journal lines whose cause a person has repaired; their next version goes next; one row per line.
update outbox.journal_line as l
set
    state = 'eligible',
    version_no = l.version_no + 1
where
    l.company_id = %(company_id)s
    and l.reference = any(%(wanted)s::text[])
    and l.state = 'rejected'
returning l.reference
