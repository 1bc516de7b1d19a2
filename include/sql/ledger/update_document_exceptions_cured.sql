-- Close the exceptions of documents that arrived again in good form.
update audit.exception as x
set closed_at = now(), closed_by = 'landing'
from typed_event as t
where
    x.record_kind = 'event_document' and x.closed_at is null and x.rule <> 'event_id_reused'
    and t.rule is null and x.company_id = t.company_id and x.record_key = t.event_id
