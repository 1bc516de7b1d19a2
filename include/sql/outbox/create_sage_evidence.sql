-- What Sage's posted rows say of each of our references; one row per cost line that Sage shows at least once.
create temporary table sage_evidence on commit drop as
select
    p.posting_id,
    p.posting_reference,
    count(*) as row_count,
    min(t.row_id) as row_id,
    bool_and(
        t.amount = p.amount
        and t.job = p.job
        and t.extra = p.extra
        and t.cost_code = p.cost_code
        and t.category = p.category
        and date_trunc('month', t.accounting_date) = date_trunc('month', p.accounting_date)
    ) as is_equal,
    string_agg(
        format(
            'row %%s: %%s on job %%s, extra ''%%s'', code %%s, category %%s, month %%s',
            t.row_id,
            t.amount,
            t.job,
            t.extra,
            t.cost_code, t.category, to_char(t.accounting_date, 'YYYY-MM')
        ), '; ' order by t.row_id
    ) filter (where p.state <> 'posted') as found_text
from outbox.cost_posting as p
inner join core.job_cost_transaction as t on p.company_id = t.company_id and p.posting_reference = t.ref_1
where
    p.company_id = %(company_id)s
    and t.ref_1 <> ''
    and t.source in ('CURRENT', 'HISTORY')
    and t.gone_at is null
group by p.posting_id, p.posting_reference
