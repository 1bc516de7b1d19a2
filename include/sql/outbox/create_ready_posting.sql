-- What each line of the work table would be if it left now, or the rule that holds it; one row per line.
create temporary table ready_posting on commit drop as
with wanted as (
    select distinct date_trunc('month', w.accounting_date_wanted)::date as wanted_month
    from work_posting as w
),

months as materialized (
    select
        w.wanted_month,
        outbox.accounting_month(%(company_id)s, w.wanted_month) as accounting_month
    from wanted as w
),

dated as (
    select
        w.work_id,
        case
            when m.accounting_month is null or m.accounting_month = m.wanted_month then w.accounting_date_wanted
            else m.accounting_month
        end as accounting_date,
        case
            when w.kind = 'invoice_offset' then w.debit_account
            else coalesce(nullif(k.cost_account, ''), c.profile -> 'accounts' ->> 'cost', '')
        end as debit_account,
        c.clearing_account as credit_account,
        k.job is null as is_unknown,
        k.hold_rule,
        m.accounting_month is null as has_no_month,
        exists(
            select
            from core.job_cost_transaction as t
            where
                t.company_id = c.company_id and t.ref_1 = w.reference and t.ref_1 <> ''
                -- What is gone may be on its way: from the entered to the posted, from there to the history.
                and (
                    t.gone_at is null
                    or exists (
                        select
                        from audit.watermark as k
                        where
                            k.company_id = t.company_id and k.environment = c.environment
                            and k.landed_at <= t.gone_at
                            and (k.flow = 'JCT' or (k.flow = 'JCH' and t.source = 'CURRENT'))
                    )
                )
        ) as is_in_sage,
        exists(
            select
            from outbox.batch_line as l
            where l.company_id = c.company_id and l.reference = w.reference and l.posting_id is null
        ) as is_adopted,
        abs(w.amount) > coalesce((c.profile -> 'limits' ->> 'amount_line')::numeric, 999999999.99) as is_too_large,
        m.wanted_month
    from work_posting as w
    inner join core.company as c on c.company_id = %(company_id)s
    inner join months as m on date_trunc('month', w.accounting_date_wanted)::date = m.wanted_month
    left join outbox.postable_code as k
        on
            c.company_id = k.company_id and w.job = k.job and w.extra = k.extra and w.cost_code = k.cost_code
            and w.category = k.category
)

select
    w.work_id,
    w.posting_id,
    w.kind,
    w.transaction_date,
    w.accounting_date_wanted,
    w.job,
    w.extra,
    w.cost_code,
    w.category,
    w.commitment,
    w.item_number,
    w.source_key,
    w.difference_no,
    w.reference,
    w.salt,
    w.description,
    w.units,
    w.amount,
    w.adjustment_id,
    w.entry_ids,
    w.entry_times,
    w.entry_turns,
    d.accounting_date,
    d.debit_account as debit_account_now,
    d.credit_account,
    d.accounting_date <> w.accounting_date_wanted as is_late,
    case
        when d.is_in_sage then 'already_in_sage'
        when d.is_adopted then 'sent_before_restore'
        when d.is_unknown then 'unknown_code'
        when d.hold_rule is not null then d.hold_rule
        when d.debit_account = '' then 'no_cost_account'
        when d.has_no_month and exists (
            select
            from core.fiscal_period as f
            where
                f.company_id = %(company_id)s and f.application = 'JC' and f.period = to_char(d.wanted_month, 'YYYY-MM')
        ) then 'no_open_period'
        when d.has_no_month then 'unknown_period'
        when d.is_too_large then 'amount_over_limit'
    end as hold_rule
from work_posting as w
inner join dated as d on w.work_id = d.work_id
