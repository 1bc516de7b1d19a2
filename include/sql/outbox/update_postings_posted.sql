-- Cost lines that Sage shows exactly once with the same amount, codes and month are posted; one row per line.
update outbox.cost_posting as p
set
    state = 'posted',
    posted_at = coalesce(p.posted_at, clock_timestamp()),
    sage_transaction_id = e.row_id,
    hold_rule = null,
    hold_reason = null
from sage_evidence as e
where
    p.company_id = %(company_id)s
    and p.posting_id = e.posting_id
    and e.row_count = 1
    and e.is_equal
    and p.state not in ('sealed', 'reversed')
    and (p.state <> 'posted' or p.sage_transaction_id is distinct from e.row_id)
