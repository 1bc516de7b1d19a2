-- What the landing has to know of one company.
select
    company_id,
    environment,
    time_zone,
    profile,
    file_profile
from core.company
where company_id = %(company_id)s
