-- Note what became known of one part; what was known before stays.
update outbox.hosted_write
set
    entity_id = coalesce(entity_id, %(entity_id)s::text),
    operation_id = coalesce(operation_id, %(operation_id)s::text),
    result = coalesce(result, %(result)s::text),
    message = case when result is null then coalesce(%(message)s::text, '') else message end,
    settled_at = case when result is null and %(result)s::text is not null then now() else settled_at end
where company_id = %(company_id)s and batch_id = %(batch_id)s and line_number = %(line_number)s
