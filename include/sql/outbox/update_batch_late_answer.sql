-- Note that an answer which came after the file was settled contradicts it; one row.
update outbox.batch
set evidence = evidence || jsonb_build_object('late_answer', %(reason)s::text)
where company_id = %(company_id)s and batch_id = %(batch_id)s
