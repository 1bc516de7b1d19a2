-- What is sent of a batch and how far each part is, in line order.
select
    line_number,
    reference,
    body,
    look_from,
    entity_id,
    operation_id,
    result,
    message
from outbox.hosted_write
where company_id = %(company_id)s and batch_id = %(batch_id)s
order by line_number
