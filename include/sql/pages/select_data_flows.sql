-- Data flows as configured, by company; one row per flow.
select
    f.company_id,
    f.flow,
    f.direction,
    f.is_on,
    f.rhythm,
    f.transport,
    f.started_at,
    f.started_by,
    f.next_due_at
from mart.data_flow as f
where %(company_id)s = '' or f.company_id = %(company_id)s
order by f.company_id, f.direction, f.flow
