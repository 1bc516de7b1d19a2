-- Job cost by month shows what transfers moved between codes, and counts it into what lies there; else it is what it
-- was.
create or replace view mart.job_cost_by_period as
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
        coalesce(sum(m.amount) filter (where m.measure = 'adjusted'), 0) as adjusted,
        coalesce(sum(m.amount) filter (where m.measure = 'expected'), 0) as expected,
        coalesce(sum(m.amount) filter (where m.measure = 'target'), 0) as target,
        coalesce(sum(m.amount) filter (where m.measure = 'price_variance'), 0) as price_variance,
        coalesce(sum(m.amount) filter (where m.measure = 'accrual'), 0) as accrual,
        coalesce(sum(m.amount) filter (where m.measure = 'transferred'), 0) as transferred
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
        coalesce(sum(m.adjusted) over so_far, 0) as adjusted,
        coalesce(sum(m.expected) over so_far, 0) as expected,
        coalesce(sum(m.target) over so_far, 0) as target,
        coalesce(sum(m.price_variance) over so_far, 0) as price_variance,
        coalesce(sum(m.accrual) over so_far, 0) as accrual,
        coalesce(sum(m.transferred) over so_far, 0) as transferred
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
        coalesce(p.policy, y.policy) as policy,
        c.invoiced + c.own + c.explained + c.unexplained as sage_job_cost,
        c.expected + c.explained as expected_in_sage,
        c.target + c.adjusted - c.booked as in_flight
    from cumulative as c
    inner join core.company as y on y.company_id = c.company_id
    left join ledger.job_policy as p
        on
            p.company_id = c.company_id and p.job = c.job
            and (c.month + interval '1 month - 1 day')::date >= p.valid_from
            and (c.month + interval '1 month - 1 day')::date < p.valid_to
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
    (j.received + j.transferred - j.installed - j.wasted)::numeric(14, 2) as amount_on_hand,
    (j.committed - j.received)::numeric(14, 2) as amount_open_commitment,
    j.invoiced::numeric(14, 2) as amount_invoiced,
    j.sage_job_cost::numeric(14, 2) as amount_sage_job_cost,
    j.own::numeric(14, 2) as amount_posted_by_runblu,
    j.expected_in_sage::numeric(14, 2) as amount_expected_in_sage,
    j.in_flight::numeric(14, 2) as amount_in_flight,
    (j.sage_job_cost + j.committed - j.invoiced - j.own)::numeric(14, 2) as amount_exposure,
    (j.sage_job_cost + j.in_flight - j.expected_in_sage)::numeric(14, 2) as amount_difference,
    j.price_variance::numeric(14, 2) as amount_price_variance,
    j.accrual::numeric(14, 2) as amount_accrual,
    j.transferred::numeric(14, 2) as amount_transferred
from judged as j
left join core.job as job on job.company_id = j.company_id and job.job = j.job
left join core.cost_code as code
    on code.company_id = j.company_id and code.job = j.job and code.extra = j.extra and code.cost_code = j.cost_code;

comment on column mart.job_cost_by_period.amount_on_hand
is 'Received - installed - wasted + transferred, cumulative';
comment on column mart.job_cost_by_period.amount_transferred
is 'What transfers brought onto the code less what they took off it, cumulative; zero over all codes';
comment on column recon.monthly_movement.measure
is 'What moves: committed, received, transferred, allocated, installed, wasted, price_variance, accrual, invoice, own, '
'explained, unexplained, expected, target, booked, adjusted';
