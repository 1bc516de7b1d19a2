-- Journal lines that are held or were rejected, each with its reason and what cures it; one row per line.
insert into finding (record_key, rule_code, reason, remedy, owner_name, payload)
select
    l.reference as record_key,
    case l.state when 'held' then l.hold_rule else 'rejected_by_sage' end as rule_code,
    format(
        '%%s of %%s for %%s/%%s (%%s): %%s',
        replace(l.kind, '_', ' '), l.amount, l.commitment, l.item_number, l.accounting_date,
        case
            when l.state = 'rejected' then 'Sage rejected it, ' || coalesce(l.reject_reason, 'without a reason')
            else l.hold_reason
        end
    ) as reason,
    case
        when l.state = 'rejected' then 'Repair the cause in Sage, then release the line by its reference.'
        when l.hold_rule = 'ledger_month_not_open'
            then 'Open the month in the general ledger; the line goes by itself with the next run.'
        else 'Correct the value where it comes from.'
    end as remedy,
    'controller' as owner_name,
    jsonb_build_object(
        'kind', l.kind, 'period', l.period, 'commitment', l.commitment, 'item_number', l.item_number,
        'amount', l.amount::text, 'debit_account', l.debit_account, 'credit_account', l.credit_account,
        'state', l.state, 'version_no', l.version_no
    ) as payload
from outbox.journal_line as l
where
    l.company_id = %(company_id)s and l.state in ('held', 'rejected')
    -- A reversal waits for its month as a matter of course.
    and (l.state = 'rejected' or l.kind = 'journal' or l.accounting_date <= current_date)
