-- Lock or free a lane; the reason tells a person why; one row.
update outbox.file_counter
set
    is_locked = %(is_locked)s,
    lock_reason = %(reason)s
where company_id = %(company_id)s and flow = %(flow)s and environment = %(environment)s
