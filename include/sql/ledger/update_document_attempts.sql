-- Count one more attempt at every open exception of a staged document that is still refused; one row per exception.
update audit.exception as x
set attempts = x.attempts + 1, last_attempt_at = now()
from typed_event as t
where
    t.rule is not null and t.rule <> 'repeat'
    and x.company_id = %(company_id)s
    and x.record_kind = 'event_document'
    and x.closed_at is null
    and x.record_key = t.outer_event_id
