-- References that Sage shows more than once, or with other content than was sent; one row per reference.
insert into finding (record_key, rule_code, reason, remedy, owner_name, payload)
select
    e.posting_reference as record_key,
    case when e.row_count > 1 then 'posted_twice' else 'changed_in_sage' end as rule_code,
    case
        when e.row_count > 1
            then format('reference %%s stands %%s times in Sage, sent once', e.posting_reference, e.row_count)
        else format(
            'reference %%s differs in Sage: sent %%s on job %%s, extra ''%%s'', code %%s, category %%s, month %%s, '
            || 'found %%s',
            e.posting_reference, p.amount, p.job, p.extra, p.cost_code, p.category,
            to_char(p.accounting_date, 'YYYY-MM'), coalesce(e.found_text, 'another content in row ' || e.row_id)
        )
    end as reason,
    'Correct the entry in Sage, or let the reconciliation of its month propose the adjustment.' as remedy,
    'controller' as owner_name,
    jsonb_build_object(
        'kind', p.kind, 'amount', p.amount::text, 'row_count', e.row_count, 'first_row_id', e.row_id
    ) as payload
from sage_evidence as e
inner join outbox.cost_posting as p on p.company_id = %(company_id)s and e.posting_id = p.posting_id
where e.row_count > 1 or not e.is_equal
