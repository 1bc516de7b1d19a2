-- Keep documents of the hosted service as shown; an older version than the one held changes nothing.
insert into landing.hosted_document as held (company_id, resource, document_id, parent_id, version, body)
select
    %(company_id)s,
    %(resource)s,
    d.document_id,
    %(parent_id)s,
    d.version,
    d.body::jsonb as body
from unnest(%(ids)s::text[], %(versions)s::bigint[], %(bodies)s::text[]) as d (document_id, version, body)
on conflict (company_id, resource, document_id) do update
    set
        version = excluded.version,
        body = excluded.body,
        parent_id = excluded.parent_id,
        seen_at = now()
    where excluded.version > held.version
