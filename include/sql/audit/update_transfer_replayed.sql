-- Count rows of a transfer that have left the quarantine.
update audit.transfer
set
    rows_landed = coalesce(rows_landed, 0) + %(landed)s,
    rows_quarantined = greatest(coalesce(rows_quarantined, 0) - %(landed)s, 0),
    rows_changed = coalesce(rows_changed, 0) + %(changed)s
where company_id = %(company_id)s and transfer_id = %(transfer_id)s
