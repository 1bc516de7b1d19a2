-- Ids that other batches own among the references of this one: earlier versions of the same lines.
select o.entity_id
from outbox.hosted_write as w
inner join outbox.hosted_write as o
    on o.company_id = w.company_id and o.reference = w.reference and o.batch_id <> w.batch_id
where w.company_id = %(company_id)s and w.batch_id = %(batch_id)s and o.entity_id is not null
