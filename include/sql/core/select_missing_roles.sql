-- Roles that a profile names and the server does not have; `roles` is an array of names.
select w.role_name
from unnest(%(roles)s::text[]) as w (role_name)
where
    not exists (
        select 1 from pg_roles as r
        where r.rolname = w.role_name
    )
order by w.role_name
limit 1
