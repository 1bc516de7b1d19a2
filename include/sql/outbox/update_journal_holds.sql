-- Hold journal lines of a month the general ledger has not open, free those it has; one row per line that changes.
update outbox.journal_line as l
set
    state = case when o.is_open then 'eligible' else 'held' end,
    hold_rule = case when not o.is_open then 'ledger_month_not_open' end,
    hold_reason = case
        when not o.is_open then 'the general ledger has ' || to_char(l.accounting_date, 'YYYY-MM') || ' not open'
    end
from (
    select
        w.accounting_date,
        outbox.is_ledger_open(w.company_id, w.accounting_date) as is_open
    from (select distinct
        x.company_id,
        x.accounting_date
    from outbox.journal_line as x
    where x.company_id = %(company_id)s and x.state in ('eligible', 'held')) as w
) as o
where
    l.company_id = %(company_id)s and l.accounting_date = o.accounting_date
    and (
        (l.state = 'eligible' and not o.is_open)
        or (l.state = 'held' and l.hold_rule in ('ledger_month_not_open', 'unwritable_line') and o.is_open)
    )
