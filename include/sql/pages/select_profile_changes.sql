-- The newest version of each company's profile with what it changed; one row per company and setting.
select
    x.company_id,
    x.version_no,
    x.setting,
    x.value_before,
    x.value_after,
    x.origin,
    x.stored_by,
    x.stored_at
from mart.profile_change as x
where
    (%(company_id)s = '' or x.company_id = %(company_id)s)
    and x.version_no = (
        select max(n.version_no) from mart.profile_change as n
        where n.company_id = x.company_id
    )
order by x.company_id, x.setting
