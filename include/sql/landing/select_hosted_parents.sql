-- Live documents of one resource with the highest version held of the documents below each.
select
    p.document_id,
    coalesce(max(c.version), 0) as version
from landing.hosted_document as p
left join landing.hosted_document as c
    on c.company_id = p.company_id and c.resource = %(child_resource)s and c.parent_id = p.document_id
where
    p.company_id = %(company_id)s
    and p.resource = %(resource)s
    and not coalesce((p.body ->> 'IsArchived')::boolean, false)
group by p.document_id
order by p.document_id
