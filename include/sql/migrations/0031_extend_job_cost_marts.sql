-- Job cost by month with what each policy makes of it: price variance and accruals expected and in flight (domain 5).

-- Every figure of job_cost_by_period as it moves: one row per company, month, codes and measure. target / booked:
-- what our postings must add up to and what of it stands in Sage by our books; in flight = target - booked.
create or replace view recon.monthly_movement as
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
        p.policy,
        sum(v.amount) as amount
    from ledger.value_entry as v
    left join ledger.line_policy as p
        on
            p.company_id = v.company_id and p.commitment = v.commitment and p.item_number = v.item_number
            and v.entry_date >= p.valid_from and v.entry_date < p.valid_to
    group by
        v.company_id, date_trunc('month', v.entry_date)::date, v.job, v.extra, v.cost_code, v.category, v.measure,
        p.policy
),

costs as (
    select
        c.company_id,
        date_trunc('month', c.entry_date)::date as month,
        c.job,
        c.extra,
        c.cost_code,
        c.category,
        c.kind,
        sum(c.amount) as amount
    from ledger.cost_entry as c
    group by c.company_id, date_trunc('month', c.entry_date)::date, c.job, c.extra, c.cost_code, c.category, c.kind
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
        p.policy,
        sum(s.amount) as amount
    from recon.sage_cost_row as s
    left join ledger.line_policy as p
        on
            s.kind = 'invoice'
            and p.company_id = s.company_id and p.commitment = s.commitment and p.item_number = s.item_number
            and s.transaction_date >= p.valid_from and s.transaction_date < p.valid_to
    group by
        s.company_id, date_trunc('month', s.transaction_date)::date, s.job, s.extra, s.cost_code, s.category,
        s.kind, s.is_accepted, p.policy
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
    -- What the policy of the line makes of it: what job cost must show (expected), and what we post for it (target).
    select
        e.company_id,
        e.month,
        e.job,
        e.extra,
        e.cost_code,
        e.category,
        w.measure,
        e.amount
    from entries as e
    cross join (values ('expected'), ('target')) as w (measure)
    where e.measure in ('installed', 'wasted') and e.policy = 'installation'
    union all
    select
        c.company_id,
        c.month,
        c.job,
        c.extra,
        c.cost_code,
        c.category,
        case w.measure when 'kind' then c.kind else w.measure end as measure,
        c.amount
    from costs as c
    cross join (values ('expected'), ('target'), ('kind')) as w (measure)
    union all
    -- Before its cutover, and where it is not managed, an invoice is cost as it stands.
    select
        s.company_id,
        s.month,
        s.job,
        s.extra,
        s.cost_code,
        s.category,
        case s.policy when 'installation' then 'target' else 'expected' end as measure,
        case s.policy when 'installation' then -s.amount else s.amount end as amount
    from sage_rows as s
    where s.kind = 'invoice'
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
        coalesce(sum(m.amount) filter (where m.measure = 'accrual'), 0) as accrual
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
        coalesce(sum(m.accrual) over so_far, 0) as accrual
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
    (j.received - j.installed - j.wasted)::numeric(14, 2) as amount_on_hand,
    (j.committed - j.received)::numeric(14, 2) as amount_open_commitment,
    j.invoiced::numeric(14, 2) as amount_invoiced,
    j.sage_job_cost::numeric(14, 2) as amount_sage_job_cost,
    j.own::numeric(14, 2) as amount_posted_by_runblu,
    j.expected_in_sage::numeric(14, 2) as amount_expected_in_sage,
    j.in_flight::numeric(14, 2) as amount_in_flight,
    (j.sage_job_cost + j.committed - j.invoiced - j.own)::numeric(14, 2) as amount_exposure,
    (j.sage_job_cost + j.in_flight - j.expected_in_sage)::numeric(14, 2) as amount_difference,
    j.price_variance::numeric(14, 2) as amount_price_variance,
    j.accrual::numeric(14, 2) as amount_accrual
from judged as j
left join core.job as job on job.company_id = j.company_id and job.job = j.job
left join core.cost_code as code
    on code.company_id = j.company_id and code.job = j.job and code.extra = j.extra and code.cost_code = j.cost_code;

comment on column mart.job_cost_by_period.policy
is 'Policy of the job at the month''s end: installation, receipt or invoice';
comment on column mart.job_cost_by_period.amount_expected_in_sage
is 'What job cost must be. installation: installed + wasted + price variance; receipt: invoiced + accrual; invoice: '
'invoiced; each + tax, freight, unmanaged, outside and accepted entries of others';
comment on column mart.job_cost_by_period.amount_in_flight
is 'What our postings must still add: target by policy + approved adjustments - what stands in Sage of ours';
comment on column mart.job_cost_by_period.amount_price_variance
is 'Invoice price against PO value on what was consumed, cumulative';
comment on column mart.job_cost_by_period.amount_accrual is 'Received and not invoiced, under policy receipt';
comment on column recon.monthly_movement.measure
is 'What moves: committed, received, allocated, installed, wasted, price_variance, accrual, invoice, own, explained, '
'unexplained, expected, target, booked, adjusted';
