-- Marts of contracts 4: job cost by month. Amounts numeric(14, 2).

-- Every figure of job_cost_by_period as it moves: one row per company, month, codes and measure. target / booked:
-- what our postings must add up to and what of it stands in Sage by our books; in flight = target - booked.
create view recon.monthly_movement as
with commitments as (
    select
        i.company_id,
        c.commitment_date as moved_on,
        i.job,
        i.extra,
        i.cost_code,
        i.category,
        i.amount
    from core.commitment_item as i
    inner join core.commitment as c on c.company_id = i.company_id and c.commitment = i.commitment
    union all
    select
        i.company_id,
        o.change_order_date as moved_on,
        i.job,
        i.extra,
        i.cost_code,
        i.category,
        x.amount
    from core.change_order as o
    inner join core.change_order_item as x
        on x.company_id = o.company_id and x.commitment = o.commitment and x.change_order = o.change_order
    inner join core.commitment_item as i
        on i.company_id = x.company_id and i.commitment = x.commitment and i.item_number = x.item_number
    where o.status = 'Approved'
),

entries as (
    select
        v.company_id,
        date_trunc('month', v.entry_date)::date as month,
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        v.measure,
        sum(v.amount) as amount
    from ledger.value_entry as v
    group by v.company_id, date_trunc('month', v.entry_date)::date, v.job, v.extra, v.cost_code, v.category, v.measure
),

sage_rows as (
    select
        s.company_id,
        date_trunc('month', s.transaction_date)::date as month,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        s.kind,
        s.is_accepted,
        sum(s.amount) as amount
    from recon.sage_cost_row as s
    group by
        s.company_id, date_trunc('month', s.transaction_date)::date, s.job, s.extra, s.cost_code, s.category,
        s.kind, s.is_accepted
),

booked as (
    select
        p.company_id,
        date_trunc('month', p.transaction_date)::date as month,
        p.job,
        p.extra,
        p.cost_code,
        p.category,
        sum(p.amount) as amount
    from outbox.cost_posting as p
    where
        p.state in ('posted', 'reversed')
        or exists (
            select
            from core.job_cost_transaction as t
            where
                t.company_id = p.company_id and t.ref_1 = p.posting_reference and t.ref_1 <> ''
                and t.transaction_type = 'JC cost' and t.source in ('CURRENT', 'HISTORY') and t.gone_at is null
        )
    group by p.company_id, date_trunc('month', p.transaction_date)::date, p.job, p.extra, p.cost_code, p.category
),

adjustments as (
    select
        a.company_id,
        date_trunc('month', a.transaction_date)::date as month,
        a.job,
        a.extra,
        a.cost_code,
        a.category,
        sum(a.amount) as amount
    from recon.adjustment as a
    where a.state in ('approved', 'sent', 'posted')
    group by a.company_id, date_trunc('month', a.transaction_date)::date, a.job, a.extra, a.cost_code, a.category
),

movements as (
    select
        m.company_id,
        date_trunc('month', m.moved_on)::date as month,
        m.job,
        m.extra,
        m.cost_code,
        m.category,
        'committed' as measure,
        sum(m.amount) as amount
    from commitments as m
    group by m.company_id, date_trunc('month', m.moved_on)::date, m.job, m.extra, m.cost_code, m.category
    union all
    select
        e.company_id,
        e.month,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        e.measure,
        e.amount
    from entries as e
    union all
    select
        s.company_id,
        s.month,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        case
            when s.kind in ('own', 'invoice') then s.kind
            when s.kind in ('tax', 'freight', 'unmanaged', 'outside') or s.is_accepted then 'explained'
            else 'unexplained'
        end as measure,
        s.amount
    from sage_rows as s
    union all
    select
        b.company_id,
        b.month,
        b.job,
        b.extra,
        b.cost_code,
        b.category,
        'booked' as measure,
        b.amount
    from booked as b
    union all
    select
        a.company_id,
        a.month,
        a.job,
        a.extra,
        a.cost_code,
        a.category,
        'adjusted' as measure,
        a.amount
    from adjustments as a
)

select
    m.company_id,
    m.month,
    m.job,
    m.extra,
    m.cost_code,
    m.category,
    m.measure,
    m.amount
from movements as m;

create view mart.job_cost_by_period as
with monthly as (
    select
        m.company_id,
        m.month,
        m.job,
        m.extra,
        m.cost_code,
        m.category,
        coalesce(sum(m.amount) filter (where m.measure = 'committed'), 0) as committed,
        coalesce(sum(m.amount) filter (where m.measure = 'received'), 0) as received,
        coalesce(sum(m.amount) filter (where m.measure = 'allocated'), 0) as allocated,
        coalesce(sum(m.amount) filter (where m.measure = 'installed'), 0) as installed,
        coalesce(sum(m.amount) filter (where m.measure = 'wasted'), 0) as wasted,
        coalesce(sum(m.amount) filter (where m.measure = 'invoice'), 0) as invoiced,
        coalesce(sum(m.amount) filter (where m.measure = 'own'), 0) as own,
        coalesce(sum(m.amount) filter (where m.measure = 'explained'), 0) as explained,
        coalesce(sum(m.amount) filter (where m.measure = 'unexplained'), 0) as unexplained,
        coalesce(sum(m.amount) filter (where m.measure = 'booked'), 0) as booked,
        coalesce(sum(m.amount) filter (where m.measure = 'adjusted'), 0) as adjusted
    from recon.monthly_movement as m
    group by m.company_id, m.month, m.job, m.extra, m.cost_code, m.category
),

last_months as (
    select
        company_id,
        max(month) as last_month
    from monthly
    group by company_id
),

first_months as (
    select
        company_id,
        job,
        extra,
        cost_code,
        category,
        min(month) as first_month
    from monthly
    group by company_id, job, extra, cost_code, category
),

months as (
    select
        f.company_id,
        f.job,
        f.extra,
        f.cost_code,
        f.category,
        g.month::date as month
    from first_months as f
    inner join last_months as l on l.company_id = f.company_id
    cross join
        lateral
        generate_series(f.first_month::timestamp, l.last_month::timestamp, interval '1 month') as g (month)
),

cumulative as (
    select
        g.company_id,
        g.month,
        g.job,
        g.extra,
        g.cost_code,
        g.category,
        coalesce(sum(m.committed) over so_far, 0) as committed,
        coalesce(sum(m.received) over so_far, 0) as received,
        coalesce(sum(m.allocated) over so_far, 0) as allocated,
        coalesce(sum(m.installed) over so_far, 0) as installed,
        coalesce(sum(m.wasted) over so_far, 0) as wasted,
        coalesce(sum(m.invoiced) over so_far, 0) as invoiced,
        coalesce(sum(m.own) over so_far, 0) as own,
        coalesce(sum(m.explained) over so_far, 0) as explained,
        coalesce(sum(m.unexplained) over so_far, 0) as unexplained,
        coalesce(sum(m.booked) over so_far, 0) as booked,
        coalesce(sum(m.adjusted) over so_far, 0) as adjusted
    from months as g
    left join monthly as m
        on
            m.company_id = g.company_id and m.month = g.month and m.job = g.job and m.extra = g.extra
            and m.cost_code = g.cost_code and m.category = g.category
    window so_far as (
        partition by g.company_id, g.job, g.extra, g.cost_code, g.category order by g.month
    )
),

judged as (
    select
        c.*,
        y.policy,
        c.invoiced + c.own + c.explained + c.unexplained as sage_job_cost,
        case y.policy
            when 'installation' then c.installed + c.wasted + c.explained
            when 'invoice' then c.invoiced + c.explained
        end as expected_in_sage,
        case y.policy
            when 'installation' then c.installed + c.wasted - c.invoiced + c.adjusted - c.booked
            when 'invoice' then c.adjusted - c.booked
        end as in_flight
    from cumulative as c
    inner join core.company as y on y.company_id = c.company_id
)

select
    j.company_id,
    to_char(j.month, 'YYYY-MM') as period,
    (j.month + interval '1 month - 1 day')::date as period_end_date,
    j.job,
    j.extra,
    j.cost_code,
    j.category,
    job.description as job_name,
    code.description as cost_code_name,
    j.policy,
    j.committed::numeric(14, 2) as amount_committed,
    j.received::numeric(14, 2) as amount_received,
    j.allocated::numeric(14, 2) as amount_allocated,
    j.installed::numeric(14, 2) as amount_installed,
    j.wasted::numeric(14, 2) as amount_wasted,
    (j.received - j.installed - j.wasted)::numeric(14, 2) as amount_on_hand,
    (j.committed - j.received)::numeric(14, 2) as amount_open_commitment,
    j.invoiced::numeric(14, 2) as amount_invoiced,
    j.sage_job_cost::numeric(14, 2) as amount_sage_job_cost,
    j.own::numeric(14, 2) as amount_posted_by_runblu,
    j.expected_in_sage::numeric(14, 2) as amount_expected_in_sage,
    j.in_flight::numeric(14, 2) as amount_in_flight,
    (j.sage_job_cost + j.committed - j.invoiced - j.own)::numeric(14, 2) as amount_exposure,
    (j.sage_job_cost + j.in_flight - j.expected_in_sage)::numeric(14, 2) as amount_difference
from judged as j
left join core.job as job on job.company_id = j.company_id and job.job = j.job
left join core.cost_code as code
    on code.company_id = j.company_id and code.job = j.job and code.extra = j.extra and code.cost_code = j.cost_code;
