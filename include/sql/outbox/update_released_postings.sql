-- Free rejected cost lines whose cause a person has repaired; their next version goes next; one row per line.
update outbox.cost_posting as p
set
    state = 'eligible',
    version_no = p.version_no + 1,
    reject_rule = null
where
    p.company_id = %(company_id)s
    and p.posting_reference = any(%(wanted)s::text[])
    and p.state = 'rejected'
returning p.posting_reference
