-- Let the sign-offs lapse under which a booked row or posting changed, came or went, or of whose month so much became
-- known afterwards as the company does not let pass; one row per month with the first line.
with signed as (
    select distinct on (p.period)
        p.period,
        p.version_no,
        r.run_no
    from ledger.period_close as p
    inner join recon.run as r on r.company_id = p.company_id and r.period = p.period and r.state = 'signed'
    where p.company_id = %(company_id)s and p.lapsed_at is null
    order by p.period asc, p.version_no desc, r.run_no desc
),

seen as (
    select
        s.period,
        s.version_no,
        w.row_kind,
        w.row_key,
        w.row_hash
    from signed as s
    inner join recon.signed_row as w on w.company_id = %(company_id)s and w.run_no = s.run_no
    union all
    select
        s.period,
        s.version_no,
        w.row_kind,
        w.row_key,
        w.row_hash
    from signed as s
    cross join lateral recon.period_rows(%(company_id)s, s.period) as w
),

-- A row that stands as it was signed is seen twice with one hash.
moved as (
    select
        m.period,
        m.version_no,
        min(m.row_kind || ' ' || m.row_key) as first_line,
        count(*) as lines
    from (
        select
            period,
            version_no,
            row_kind,
            row_key
        from seen
        group by period, version_no, row_kind, row_key
        having count(*) <> 2 or min(row_hash) <> max(row_hash)
    ) as m
    group by m.period, m.version_no
),

-- Of a company that says no amount, later events never let a sign-off lapse.
late as (
    select
        e.period,
        e.version_no,
        'event ' || (array_agg(e.event_id order by e.amount desc, e.event_id asc))[1] as first_line,
        count(*) as lines
    from recon.subsequent_event(%(company_id)s) as e
    inner join signed as s on s.period = e.period and s.version_no = e.version_no
    inner join core.company as y on y.company_id = %(company_id)s
    group by e.period, e.version_no, y.profile
    having sum(e.amount) > nullif((y.profile #>> '{tolerances,amount_subsequent}')::numeric, 0)
),

fallen as (
    select
        f.period,
        f.version_no,
        (array_agg(f.first_line order by f.place))[1] as first_line,
        sum(f.lines)::bigint as lines
    from (
        select
            1 as place,
            m.*
        from moved as m
        union all
        select
            2 as place,
            l.*
        from late as l
    ) as f
    group by f.period, f.version_no
)

update ledger.period_close as p
set
    lapsed_at = now(),
    lapsed_line = m.first_line,
    lapsed_lines = m.lines
from fallen as m
where
    p.company_id = %(company_id)s and p.period = m.period and p.version_no = m.version_no and p.lapsed_at is null
returning p.period, m.first_line, m.lines
