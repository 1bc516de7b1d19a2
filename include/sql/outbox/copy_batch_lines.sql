-- Lines of a sealed file in file order; one row per data line.
copy outbox.batch_line (
    batch_id, line_number, company_id, reference, posting_id, event_id, version_no, amount, journal_line_id,
    change_id
) from stdin
