-- Keep what a run finds on the accounts the bridge moves, cumulative to the month's end; one row per account, none
-- where the company has no journal.
insert into recon.run_account (
    run_no, company_id, period, account, role_names, amount_job_cost, amount_journals, amount_reversals,
    amount_accepted, amount_ledger
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    a.account,
    a.role_names,
    a.amount_job_cost,
    a.amount_journals,
    a.amount_reversals,
    a.amount_accepted,
    a.amount_ledger
from core.company as y
cross join lateral recon.account_parts(y.company_id, %(period_end)s) as a
where y.company_id = %(company_id)s and recon.has_journals(y.company_id)
