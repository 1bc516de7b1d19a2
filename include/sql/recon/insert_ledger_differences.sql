-- Differences of the general ledger on the accounts the bridge moves, cumulative to the period's end: entries by hand
-- that nobody has decided about, and journal lines it shows otherwise than they are; one row per ledger row or
-- journal line.
with entered as (
    select
        r.row_id as reference,
        r.row_id as sage_transaction_id,
        '' as commitment,
        null::integer as item_number,
        r.accounting_date,
        'sage' as side,
        'ledger_entry' as cause,
        0 as amount_ours,
        r.amount as amount_sage,
        case when f.decision_id is null then 'open' else 'explained' end as state,
        'account ' || r.account || ' "' || r.description || '" entered by hand in the general ledger'
        || case
            when f.decision_id is not null then ': accepted as it stands'
            else ': a person accepts it (accept_entries) or takes it back there'
        end as explanation
    from recon.ledger_row as r
    left join recon.foreign_decision as f
        on f.company_id = %(company_id)s and f.run_no = %(run_no)s and f.row_id = r.row_id
    where
        r.company_id = %(company_id)s and r.kind = 'entered' and not r.is_accepted
        and r.accounting_date <= %(period_end)s
),

shown as (
    select
        l.line_id,
        count(r.row_id) as row_count,
        coalesce(sum(r.amount) filter (where r.account = l.debit_account), 0) as amount_debit,
        coalesce(-sum(r.amount) filter (where r.account = l.credit_account), 0) as amount_credit,
        min(r.row_id) as row_id
    from outbox.journal_line as l
    left join recon.ledger_row as r
        on r.company_id = l.company_id and r.line_id = l.line_id and r.accounting_date <= %(period_end)s
    where l.company_id = %(company_id)s and l.accounting_date <= %(period_end)s
    group by l.line_id
),

journal as (
    select
        l.reference,
        s.row_id as sage_transaction_id,
        l.commitment,
        l.item_number,
        l.accounting_date,
        case when s.row_count = 0 then 'ours' else 'both' end as side,
        case
            when s.row_count > 2 then 'posted_twice'
            when s.row_count > 0 and l.state = 'posted' then 'changed_in_sage'
            when s.row_count > 0 then 'wrong_amount'
            when l.state = 'posted' then 'changed_in_sage'
            when l.state = 'rejected' then 'rejected'
            when l.state = 'accepted' then 'imported_not_posted'
            else 'not_sent'
        end as cause,
        l.amount as amount_ours,
        s.amount_debit as amount_sage,
        'open' as state,
        replace(l.kind, '_', ' ') || ' of ' || l.period || ': debit ' || l.debit_account || ' shows ' || s.amount_debit
        || ', credit ' || l.credit_account || ' shows ' || s.amount_credit
        || ': correct it in the general ledger, or let it be sent and posted' as explanation
    from shown as s
    inner join outbox.journal_line as l on l.company_id = %(company_id)s and l.line_id = s.line_id
    where s.amount_debit <> l.amount or s.amount_credit <> l.amount
),

found as (
    select * from entered
    union all
    select * from journal
)

insert into recon.difference (
    run_no, company_id, period, side, cause, reference, sage_transaction_id, job, extra, cost_code, category,
    commitment, item_number, transaction_date, amount_ours, amount_sage, state, explanation, first_seen_at
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    f.side,
    f.cause,
    f.reference,
    f.sage_transaction_id,
    '' as job,
    '' as extra,
    '' as cost_code,
    '' as category,
    f.commitment,
    f.item_number,
    f.accounting_date as transaction_date,
    f.amount_ours,
    f.amount_sage,
    f.state,
    f.explanation,
    coalesce(
        (
            select min(o.first_seen_at)
            from recon.difference as o
            where o.company_id = %(company_id)s and o.reference = f.reference and o.cause = f.cause
        ),
        now()
    ) as first_seen_at
from found as f
where recon.has_journals(%(company_id)s)
