-- Documents held of the wanted resources of a company.
select
    resource,
    document_id,
    body
from landing.hosted_document
where company_id = %(company_id)s and resource = any(%(resources)s::text[])
