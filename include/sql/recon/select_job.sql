-- A job and its company's today, none when Sage has no such job; one row.
select
    j.job,
    j.description,
    j.status,
    (now() at time zone y.time_zone)::date as today
from core.job as j
inner join core.company as y on y.company_id = j.company_id
where j.company_id = %(company_id)s and j.job = %(job)s
