-- Count rows of a transfer that have left the quarantine.
update audit.transfer
set
    rows_landed = coalesce(rows_landed, 0) + %(landed)s,
    rows_quarantined = greatest(coalesce(rows_quarantined, 0) - %(landed)s, 0),
    rows_changed = coalesce(rows_changed, 0) + %(changed)s
where transfer_id = %(transfer_id)s
