-- Note what became of a transfer; a new state is acknowledged anew.
update audit.transfer as t
set
    state = %(state)s,
    reason = %(reason)s,
    rows_landed = coalesce(%(rows_landed)s, t.rows_landed),
    rows_quarantined = coalesce(%(rows_quarantined)s, t.rows_quarantined),
    rows_changed = coalesce(%(rows_changed)s, t.rows_changed),
    validation = coalesce(%(validation)s, t.validation),
    finished_at = case
        when %(state)s in ('parked', 'waiting_approval') then null
        when t.state = %(state)s then coalesce(t.finished_at, now())
        else now()
    end,
    acknowledged_at = case when t.state = %(state)s and t.reason = %(reason)s then t.acknowledged_at end
where t.company_id = %(company_id)s and t.transfer_id = %(transfer_id)s
