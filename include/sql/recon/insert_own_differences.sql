-- Differences of our postings, per reference and codes: our amount against Sage's rows of that reference plus the
-- adjustments made for it. One row per reference and codes that differ, or that Sage booked in another month.
-- Cumulative to the period's end. A line that was undone before it left is nothing on our side: what Sage shows of it
-- all the same, entered by hand from a reject file, is to be taken out.
with ours as (
    select
        p.posting_id,
        p.posting_reference as reference,
        p.state,
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        p.commitment,
        p.item_number,
        p.transaction_date,
        p.accounting_date,
        case p.state when 'reversed' then 0 else p.amount end as amount
    from outbox.cost_posting as p
    where p.company_id = %(company_id)s and p.transaction_date <= %(period_end)s
),

sage as (
    select
        s.reference,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        count(*) as row_count,
        sum(s.amount) as amount,
        string_agg(s.row_id, ', ' order by s.row_id) as row_ids,
        min(s.transaction_date) as transaction_date,
        min(s.accounting_date) as accounting_date
    from work_sage_row as s
    inner join ours as o on o.posting_id = s.posting_id
    group by s.reference, s.job, s.extra, s.cost_code, s.category
),

sage_reference as (
    select
        s.reference,
        sum(s.row_count) as row_count,
        sum(s.amount) as amount
    from sage as s
    group by s.reference
),

unposted as (
    select distinct t.ref_1 as reference
    from core.job_cost_transaction as t
    where t.company_id = %(company_id)s and t.source = 'NEW' and t.gone_at is null and t.ref_1 <> ''
),

corrections as (
    select
        a.corrects_reference as reference,
        a.job,
        a.extra,
        a.cost_code,
        a.category,
        sum(a.amount) as amount
    from recon.adjustment as a
    where
        a.company_id = %(company_id)s and a.corrects_reference <> ''
        and a.state in ('approved', 'sent', 'posted')
    group by a.corrects_reference, a.job, a.extra, a.cost_code, a.category
),

pairs as (
    select
        reference,
        job,
        extra,
        cost_code,
        category,
        s.row_ids,
        s.transaction_date as sage_date,
        s.accounting_date as sage_accounting_date,
        o.transaction_date as our_date,
        o.accounting_date as our_accounting_date,
        coalesce(o.amount, 0) as amount_ours,
        coalesce(s.amount, 0) + coalesce(k.amount, 0) as amount_sage
    from ours as o
    full join sage as s using (reference, job, extra, cost_code, category) -- noqa: ST07
    left join corrections as k using (reference, job, extra, cost_code, category) -- noqa: ST07
),

judged as (
    select
        d.*,
        o.commitment,
        o.item_number,
        coalesce(d.our_date, o.transaction_date) as transaction_date,
        case
            when r.row_count is null and u.reference is not null then 'imported_not_posted'
            when r.row_count is null and o.state = 'rejected' then 'rejected'
            when r.row_count is null and o.state = 'accepted' then 'imported_not_posted'
            when r.row_count is null and o.state = 'posted' then 'changed_in_sage'
            when r.row_count is null then 'not_sent'
            when d.amount_ours = d.amount_sage then 'period_shift'
            when r.row_count > 1 then 'posted_twice'
            when o.state = 'posted' then 'changed_in_sage'
            when r.amount = o.amount then 'wrong_code'
            else 'wrong_amount'
        end as cause,
        o.state as posting_state
    from pairs as d
    inner join ours as o on o.reference = d.reference
    left join sage_reference as r on r.reference = d.reference
    left join unposted as u on u.reference = d.reference
    where
        d.amount_ours <> d.amount_sage
        or (
            date_trunc('month', d.our_accounting_date) <> date_trunc('month', d.sage_accounting_date)
            and %(period)s in (to_char(d.our_accounting_date, 'YYYY-MM'), to_char(d.sage_accounting_date, 'YYYY-MM'))
        )
)

insert into recon.difference (
    run_no, company_id, period, side, cause, reference, sage_transaction_id, job, extra, cost_code, category,
    commitment, item_number, transaction_date, amount_ours, amount_sage, state, explanation, first_seen_at
)
select
    %(run_no)s,
    %(company_id)s,
    %(period)s,
    case when j.cause in ('not_sent', 'rejected') then 'ours' else 'sage' end as side,
    j.cause,
    j.reference,
    j.row_ids,
    j.job,
    j.extra,
    j.cost_code,
    j.category,
    j.commitment,
    j.item_number,
    j.transaction_date,
    j.amount_ours,
    j.amount_sage,
    case
        when j.cause = 'period_shift' then 'explained'
        when
            j.cause in ('posted_twice', 'wrong_amount', 'wrong_code', 'changed_in_sage')
            and abs(j.amount_ours - j.amount_sage) < %(materiality)s
            then 'explained'
        else 'open'
    end as state,
    case
        when j.cause = 'period_shift'
            then
                'Sage booked it in ' || to_char(j.sage_accounting_date, 'YYYY-MM') || ', we asked for '
                || to_char(j.our_accounting_date, 'YYYY-MM')
        when j.cause = 'not_sent' then 'posting is ' || j.posting_state || ': let the outbox deliver it'
        when j.cause = 'rejected' then 'Sage refused the line: repair the cause and send it again'
        when j.cause = 'imported_not_posted' then 'imported into Sage: post the batch there'
        when abs(j.amount_ours - j.amount_sage) < %(materiality)s
            then 'below the materiality of ' || %(materiality)s
        else 'an adjustment brings Sage to our amount on these codes'
    end as explanation,
    coalesce(
        (
            select min(f.first_seen_at)
            from recon.difference as f
            where f.company_id = %(company_id)s and f.reference = j.reference and f.cause = j.cause
        ),
        now()
    ) as first_seen_at
from judged as j
