-- The file that landed arrived once more: it is acknowledged anew, nothing else changes; no row for any other state.
update audit.transfer
set acknowledged_at = null
where company_id = %(company_id)s and transfer_id = %(transfer_id)s and state = 'landed'
