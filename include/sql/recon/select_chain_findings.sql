-- Broken batches of the audit chain; one row each, none when it is intact.
select
    f.batch,
    f.finding
from ledger.verify_chain(%(company_id)s) as f
