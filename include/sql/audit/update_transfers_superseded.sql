-- Earlier transfers of a flow that never landed need not land any more once a later complete one has; one row each.
update audit.transfer
set
    state = 'superseded',
    reason = 'superseded by number ' || %(seq)s,
    finished_at = now(),
    acknowledged_at = null
where
    company_id = %(company_id)s
    and flow = %(flow)s
    and environment = %(environment)s
    and direction = 'in'
    and state in ('arrived', 'parked', 'refused', 'waiting_approval')
    and (seq < %(seq)s or (seq = %(seq)s and (rev < %(rev)s or sha256 = '')))
    and (%(is_full)s or seq = %(seq)s)
