-- Change orders that Sage shows approved, with our units and amounts once, are posted; one row per change order.
update outbox.change_order as w
set
    state = 'posted',
    posted_at = coalesce(w.posted_at, clock_timestamp()),
    hold_rule = null,
    hold_reason = null
from change_evidence as e
where
    w.company_id = %(company_id)s and w.change_id = e.change_id and e.is_approved and e.is_same
    and w.state not in ('sealed', 'posted', 'reversed')
