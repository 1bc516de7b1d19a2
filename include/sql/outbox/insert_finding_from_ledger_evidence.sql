-- Journal lines the general ledger shows more than once, or otherwise than they were sent; one row per line.
insert into finding (record_key, rule_code, reason, remedy, owner_name, payload)
select
    l.reference as record_key,
    case when e.row_count > 2 then 'posted_twice' else 'changed_in_sage' end as rule_code,
    format(
        'journal line %%s differs in Sage: sent %%s, debit %%s, credit %%s, month %%s, found %%s',
        l.reference, l.amount, l.debit_account, l.credit_account, to_char(l.accounting_date, 'YYYY-MM'),
        coalesce(e.found_text, e.row_count || ' rows')
    ) as reason,
    'Correct the entry in the general ledger; it is read back with the next extract of GLT.' as remedy,
    'controller' as owner_name,
    jsonb_build_object('kind', l.kind, 'amount', l.amount::text, 'row_count', e.row_count) as payload
from ledger_evidence as e
inner join outbox.journal_line as l on l.company_id = %(company_id)s and e.line_id = l.line_id
where not e.is_equal
