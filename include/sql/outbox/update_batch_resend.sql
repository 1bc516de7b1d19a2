-- Prepare a file that did not arrive for its second sending: same bytes, marked as a possible duplicate; one row.
update outbox.batch
set
    manifest = %(manifest)s,
    evidence = evidence - 'renaming_token'
where company_id = %(company_id)s and batch_id = %(batch_id)s
