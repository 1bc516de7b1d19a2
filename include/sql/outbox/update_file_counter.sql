-- Take the next number of a lane for a sealed file; one row.
update outbox.file_counter
set
    last_seq = %(seq)s,
    last_sha256 = %(sha256)s
where company_id = %(company_id)s and flow = %(flow)s and environment = %(environment)s and last_seq = %(seq)s - 1
