-- Two contents under one number: none of them may land any more; one row per transfer that had not landed.
update audit.transfer
set state = 'quarantined', finished_at = now(), acknowledged_at = null
where
    company_id = %(company_id)s
    and environment = %(environment)s
    and flow = %(flow)s
    and direction = 'in'
    and seq = %(seq)s
    and state in ('arrived', 'parked', 'refused', 'waiting_approval')
