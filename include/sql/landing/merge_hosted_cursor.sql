-- Move the cursor of a resource forward; it never moves back.
insert into landing.hosted_cursor as held (company_id, resource, version)
values (%(company_id)s, %(resource)s, %(version)s)
on conflict (company_id, resource) do update
    set
        version = greatest(held.version, excluded.version),
        read_at = now()
