-- Close the exceptions of events that wait no longer, or wait for another reason now.
update audit.exception as x
set closed_at = now(), closed_by = 'valuation'
from ledger.event_tag as t
where
    x.record_kind = 'material_event' and x.closed_at is null
    and t.company_id = x.company_id and t.event_id = x.record_key
    and t.rule is distinct from x.rule
    and exists (
        select from ledger.waiting_rule as r
        where r.rule = x.rule
    )
