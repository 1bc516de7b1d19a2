-- Derived records of a company, with the stamp in Sage's zone of when each was seen; what a first reading found has
-- none. One row per record.
select
    h.kind,
    h.document_id,
    h.number,
    h.record,
    h.units,
    h.amount,
    to_char(h.dated_on, 'YYYY-MM-DD') as dated_on,
    case when h.is_first then '' else to_char(h.seen_at at time zone %(zone)s, 'YYYY-MM-DD') end as date_stamp,
    case when h.is_first then '' else to_char(h.seen_at at time zone %(zone)s, 'HH24:MI:SS') end as time_stamp
from landing.hosted_change as h
where h.company_id = %(company_id)s and h.record is not null
order by h.document_id, h.kind, h.number
