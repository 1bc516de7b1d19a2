-- Which data flows of which company are late, with what that means for people.
select
    h.company_id,
    h.flow,
    h.effect
from mart.flow_health as h
where h.is_late
order by h.company_id, h.flow
