-- A stock-take difference that finance refused moves nothing and waits no longer; one row per event that changes.
update ledger.event_tag as t
set
    status = 'tagged',
    rule = null,
    source = null,
    job = null,
    extra = null,
    cost_code = null,
    category = null,
    units = 0,
    tagged_at = now()
from ledger.count_verdict as v
where
    v.decision = 'refused' and t.company_id = v.company_id and t.event_id = v.event_id
    and (t.status = 'waiting' or t.units <> 0)
