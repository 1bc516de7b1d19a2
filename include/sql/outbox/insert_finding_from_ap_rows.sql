-- Posted AP rows that no managed line and no approved rule explains, with lines they may belong to; one row per AP row.
insert into finding (record_key, rule_code, reason, remedy, owner_name, payload)
select
    t.row_id as record_key,
    'ap_unmatched' as rule_code,
    format(
        'AP invoice %%s of vendor %%s costs %%s on job %%s, code %%s, category %%s and names no purchase order line',
        t.invoice, t.vendor, t.amount, t.job, t.cost_code, t.category
    ) as reason,
    'Enter commitment and line on the invoice in AP, or name it tax, freight or unmanaged by an approved rule.'
        as remedy,
    'accounts payable' as owner_name,
    jsonb_build_object(
        'vendor', t.vendor, 'invoice', t.invoice, 'amount', t.amount::text, 'job', t.job, 'extra', t.extra,
        'cost_code', t.cost_code, 'category', t.category, 'commitment', j.commitment,
        'accounting_date', t.accounting_date, 'candidates', coalesce(c.candidates, '[]'::jsonb)
    ) as payload
from recon.sage_cost_row as t
inner join core.job_cost_transaction as j on t.company_id = j.company_id and t.row_id = j.row_id
left join lateral (
    select
        jsonb_agg(
            jsonb_build_object(
                'commitment', n.commitment, 'item_number', n.item_number, 'description', n.description,
                'amount', n.amount::text
            )
            order by n.is_named desc, n.is_same_code desc, n.gap asc, n.commitment asc, n.item_number asc
        ) as candidates
    from outbox.line_like_ap_row(t.company_id, t.vendor, t.job, j.commitment, t.cost_code, t.amount) as n
) as c on true
where t.company_id = %(company_id)s and t.kind = 'ap_unmatched'
