-- Counts of what a sealed cost file must not have; one row, judged by the flow's suite before the seal is committed.
with line as (
    select
        l.line_number,
        l.reference,
        l.amount as amount_line,
        p.posting_id,
        p.posting_reference,
        p.kind,
        p.state,
        p.amount,
        p.accounting_date,
        p.debit_account,
        p.credit_account,
        p.adjustment_id,
        p.company_id,
        k.hold_rule,
        k.job is null as is_unknown_code,
        date_trunc('month', p.accounting_date)::date as accounting_month
    from outbox.batch_line as l
    left join outbox.cost_posting as p on l.company_id = p.company_id and l.posting_id = p.posting_id
    left join outbox.postable_code as k
        on
            p.company_id = k.company_id and p.job = k.job and p.extra = k.extra and p.cost_code = k.cost_code
            and p.category = k.category
    where l.company_id = %(company_id)s and l.batch_id = %(batch_id)s
),

months as materialized (
    select
        m.accounting_month,
        outbox.accounting_month(m.company_id, m.accounting_month) as allowed_month
    from (select distinct
        company_id,
        accounting_month
    from line) as m
),

carried as (
    select
        l.posting_id,
        sum(x.times * e.amount) as amount
    from line as l
    inner join outbox.posting_entry as x on l.company_id = x.company_id and l.posting_id = x.posting_id
    inner join ledger.value_entry as e on x.company_id = e.company_id and x.entry_id = e.entry_id
    where l.kind = 'consumption'
    group by l.posting_id
)

select
    count(*) as rows_sealed,
    count(*) - max(b.row_count) as rows_difference,
    (sum(l.amount_line) <> max(b.amount_debit) - max(b.amount_credit))::integer as totals_differ,
    max(l.line_number) - count(*) as line_number_gaps,
    count(*) - count(distinct l.reference) as references_repeated,
    count(*) filter (where l.reference is distinct from l.posting_reference) as references_foreign,
    count(*) filter (where l.amount_line is distinct from l.amount) as amounts_changed,
    count(*) filter (where l.state is distinct from 'sealed') as lines_not_sealed,
    count(*) filter (where l.is_unknown_code or l.hold_rule is not null) as codes_not_postable,
    count(*) filter (where l.debit_account = '' or l.credit_account = '') as accounts_missing,
    count(*) filter (where m.allowed_month is distinct from l.accounting_month) as months_not_open,
    count(*) filter (where l.kind = 'consumption' and l.amount is distinct from c.amount) as entries_differ,
    count(*) filter (where (l.kind = 'adjustment') <> (b.flow = 'ADJ')) as kinds_foreign,
    count(*) filter (
        where exists (
            select
            from core.job_cost_transaction as t
            where
                t.company_id = l.company_id and t.ref_1 = l.reference and t.ref_1 <> ''
                -- What is gone may be on its way: from the entered to the posted, from there to the history.
                and (
                    t.gone_at is null
                    or exists (
                        select
                        from audit.watermark as w
                        where
                            w.company_id = t.company_id and w.environment = b.environment
                            and w.landed_at <= t.gone_at
                            and (w.flow = 'JCT' or (w.flow = 'JCH' and t.source = 'CURRENT'))
                    )
                )
        )
    ) as references_in_sage,
    count(*) filter (
        where l.kind = 'adjustment' and not exists (
            select
            from recon.adjustment as a
            inner join audit.approval as v on a.company_id = v.company_id and a.approval_id = v.approval_id
            where
                a.company_id = l.company_id and a.adjustment_id = l.adjustment_id
                and a.state in ('approved', 'sent')
                and v.content_hash = a.content_hash
                and v.decision = 'approved'
                and v.decided_by <> v.prepared_by
                and v.decided_by <> a.proposed_by
        )
    ) as adjustments_not_approved
from line as l
inner join outbox.batch as b on b.company_id = %(company_id)s and b.batch_id = %(batch_id)s
left join months as m on l.accounting_month = m.accounting_month
left join carried as c on l.posting_id = c.posting_id
