-- The accounts the bridge moves against the general ledger at the month's end; one row per account, none where the
-- company has no journal.
select
    a.account,
    a.role_names,
    a.amount_job_cost,
    a.amount_journals,
    a.amount_accepted,
    a.amount_ledger,
    a.amount_difference
from mart.ledger_account_at(%(company_id)s, %(period_end)s) as a
where recon.has_journals(%(company_id)s)
order by a.account
