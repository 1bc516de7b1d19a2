-- Store what is about to be sent, before the first call; what is stored never changes.
insert into outbox.hosted_write (
    batch_id, line_number, company_id, reference, body, look_from, result, message, settled_at
)
values (
    %(batch_id)s, %(line_number)s, %(company_id)s, %(reference)s, %(body)s, %(look_from)s, %(result)s::text,
    %(message)s, case when %(result)s::text is not null then now() end
)
on conflict do nothing
