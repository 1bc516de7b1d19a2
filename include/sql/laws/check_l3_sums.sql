-- L3: all sums agree to the cent across events, values, lines, files and Sage rows; one row.
with postings as (
    select
        p.posting_id,
        p.posting_reference,
        p.kind,
        p.state,
        p.amount
    from outbox.cost_posting as p
    where p.company_id = %(company_id)s
),

carried as (
    select
        x.entry_id,
        sum(x.times) as times
    from outbox.posting_entry as x
    where x.company_id = %(company_id)s
    group by x.entry_id
),

entries as (
    select
        coalesce(sum(v.amount), 0) as amount,
        coalesce(sum((1 - coalesce(l.times, 0)) * v.amount), 0) as amount_waiting
    from ledger.value_entry as v
    left join carried as l on l.entry_id = v.entry_id
    where v.company_id = %(company_id)s and v.measure in ('installed', 'wasted')
),

consumption as (
    select
        coalesce(sum(c.amount), 0) as amount,
        count(*) filter (where c.amount <> c.amount_entries) as off
    from (
        select
            p.posting_id,
            p.amount,
            coalesce(sum(l.times * v.amount), 0) as amount_entries
        from postings as p
        left join outbox.posting_entry as l on l.company_id = %(company_id)s and l.posting_id = p.posting_id
        left join ledger.value_entry as v on v.company_id = l.company_id and v.entry_id = l.entry_id
        where p.kind = 'consumption'
        group by p.posting_id, p.amount
    ) as c
),

lines as (
    select count(*) filter (where l.amount <> p.amount) as off
    from postings as p
    inner join outbox.batch_line as l on l.company_id = %(company_id)s and l.posting_id = p.posting_id
),

files as (
    select count(*) filter (where f.amount <> f.amount_lines or f.row_count <> f.lines) as off
    from (
        select
            b.batch_id,
            b.row_count,
            b.amount_debit - b.amount_credit as amount,
            count(l.line_number) as lines,
            coalesce(sum(l.amount), 0) as amount_lines
        from outbox.batch as b
        left join outbox.batch_line as l on l.company_id = b.company_id and l.batch_id = b.batch_id
        where b.company_id = %(company_id)s and b.flow in ('DC', 'ADJ', 'GLJ', 'CMT')
        group by b.batch_id, b.row_count, b.amount_debit, b.amount_credit
    ) as f
),

sage as (
    select
        s.posting_id,
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

posted as (
    select
        coalesce(sum(p.amount), 0) as amount,
        coalesce(sum(s.amount), 0) as amount_sage,
        count(*) filter (where coalesce(s.amount, 0) + coalesce(k.amount, 0) <> p.amount) as off
    from postings as p
    left join sage as s on s.posting_id = p.posting_id
    left join corrections as k on k.reference = p.posting_reference
    where p.state = 'posted'
)

select
    e.amount = c.amount + e.amount_waiting and c.off = 0 and l.off = 0 and f.off = 0 and d.off = 0 as holds,
    e.amount as amount_consumed,
    c.amount as amount_on_lines,
    e.amount_waiting,
    c.off as lines_off_entries,
    l.off as file_lines_off,
    f.off as files_off,
    d.amount as amount_posted,
    d.amount_sage as amount_in_sage,
    d.off as lines_off_sage
from entries as e
cross join consumption as c
cross join lines as l
cross join files as f
cross join posted as d
