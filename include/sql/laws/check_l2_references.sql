-- L2: no cost line reaches Sage twice or not at all. A reference stands in Sage once, unless an adjustment cured it;
-- consumption, price variance and accrual that were due when postings were last made are on one, and what the policies
-- agreed by then do not want is taken back; one row.
with sage as (
    select
        s.posting_id,
        count(*) as row_count,
        sum(s.amount) as amount
    from recon.sage_cost_row as s
    where s.company_id = %(company_id)s and s.kind = 'own'
    group by s.posting_id
),

corrections as (
    select
        a.corrects_reference as reference,
        sum(a.amount) as amount
    from recon.adjustment as a
    where a.company_id = %(company_id)s and a.state in ('approved', 'sent', 'posted')
    group by a.corrects_reference
),

postings as (
    select
        count(*) filter (where p.state = 'posted') as posted,
        count(*) filter (where p.state not in ('posted', 'reversed')) as in_flight,
        count(*) filter (where s.row_count > 1) as twice,
        count(*) filter (where s.row_count > 1 and s.amount + coalesce(k.amount, 0) <> p.amount) as twice_uncured,
        max(p.created_at) filter (where p.kind not in ('adjustment', 'invoice_offset')) as last_made_at,
        max(p.transaction_date) filter (where p.kind not in ('adjustment', 'invoice_offset')) as last_day
    from outbox.cost_posting as p
    left join sage as s on s.posting_id = p.posting_id
    left join corrections as k on k.reference = p.posting_reference
    where p.company_id = %(company_id)s
),

cost_key as (
    select
        c.entry_date,
        sum(c.amount) as amount,
        max(c.recorded_at) as recorded_at
    from (
        select
            e.kind,
            e.commitment,
            e.item_number,
            e.job,
            e.extra,
            e.cost_code,
            e.category,
            e.entry_date,
            e.amount,
            e.recorded_at
        from ledger.cost_entry as e
        where e.company_id = %(company_id)s
        union all
        select
            case p.kind when 'accrual_reversal' then 'accrual' else p.kind end as kind,
            p.commitment,
            p.item_number,
            p.job,
            p.extra,
            p.cost_code,
            p.category,
            p.transaction_date as entry_date,
            -p.amount as amount,
            null as recorded_at
        from outbox.cost_posting as p
        where p.company_id = %(company_id)s and p.kind in ('price_variance', 'accrual', 'accrual_reversal')
    ) as c
    group by c.kind, c.commitment, c.item_number, c.job, c.extra, c.cost_code, c.category, c.entry_date
),

waiting as (
    select
        c.amount,
        coalesce(c.recorded_at, '-infinity'::timestamptz) as recorded_at,
        c.entry_date
    from cost_key as c
    where c.amount <> 0
    union all
    select
        w.amount,
        w.recorded_at,
        w.entry_date
    from (
        select
            d.due_date as entry_date,
            sum(d.times * v.amount) as amount,
            -- What is due can change with the profile, too.
            max(greatest(v.recorded_at, a.loaded_at)) as recorded_at
        from outbox.consumption_due as d
        inner join ledger.value_entry as v on v.company_id = d.company_id and v.entry_id = d.entry_id
        inner join core.company as a on a.company_id = d.company_id
        where d.company_id = %(company_id)s
        group by d.due_date, v.job, v.extra, v.cost_code, v.category, v.commitment, v.item_number
    ) as w
    where w.amount <> 0
),

due as (
    select
        count(*) as lines,
        coalesce(sum(w.amount), 0) as amount,
        count(*) filter (where w.recorded_at < p.last_made_at and w.entry_date <= p.last_day) as overdue
    from waiting as w
    cross join postings as p
),

-- A line of the journal is two rows of the general ledger, its debit and its credit.
journal as (
    select count(*) as twice
    from (
        select r.line_id
        from recon.ledger_row as r
        where r.company_id = %(company_id)s and r.line_id is not null
        group by r.line_id
        having count(*) > 2
    ) as r
)

select
    p.twice_uncured = 0 and d.overdue = 0 and j.twice = 0 as holds,
    p.posted as lines_posted,
    p.in_flight as lines_in_flight,
    p.twice as references_twice,
    p.twice_uncured as references_twice_uncured,
    d.lines as keys_not_on_a_line,
    d.amount as amount_not_on_a_line,
    d.overdue as keys_overdue,
    j.twice as journal_lines_twice
from postings as p
cross join due as d
cross join journal as j
