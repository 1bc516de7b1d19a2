-- Journal lines whose debit and credit the general ledger shows once each, in their month, are posted; one row per
-- line.
update outbox.journal_line as l
set
    state = 'posted',
    posted_at = coalesce(l.posted_at, clock_timestamp()),
    sage_transaction_id = e.row_id,
    hold_rule = null,
    hold_reason = null
from ledger_evidence as e
where
    l.company_id = %(company_id)s
    and l.line_id = e.line_id
    and e.is_equal
    and l.state not in ('sealed', 'reversed')
    and (l.state <> 'posted' or l.sage_transaction_id is distinct from e.row_id)
