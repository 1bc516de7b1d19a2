-- Events of a signed month that became known after its sign-off, with the money each moves; one row per sign-off and
-- event. They book in the first open month and are listed as subsequent. Cost that other events bear because of one
-- counts with it.
create function recon.subsequent_event(wanted_company text)
returns table (period text, version_no integer, event_id text, event_date date, amount numeric)
language sql stable set enable_nestloop = off as $$
    with signed as (
        select distinct on (c.period)
            c.period,
            c.version_no,
            c.close_no,
            ledger.period_end(c.period) as last_day
        from ledger.period_close as c
        where c.company_id = wanted_company
        order by c.period asc, c.version_no desc
    ),

    late as (
        select
            s.period,
            s.version_no,
            e.event_id,
            e.event_date
        from signed as s
        inner join ledger.material_event as e
            on e.company_id = wanted_company and e.event_date <= s.last_day and e.close_count >= s.close_no
        -- An event belongs to the month of its day: one before was signed with it already.
        where to_char(e.event_date, 'YYYY-MM') = s.period
    ),

    moved as (
        select
            v.event_id,
            v.measure,
            abs(sum(v.amount)) as amount
        from ledger.value_entry as v
        where v.company_id = wanted_company and v.event_id in (select l.event_id from late as l)
        group by v.event_id, v.measure
    )

    select
        l.period,
        l.version_no,
        l.event_id,
        l.event_date,
        coalesce(max(m.amount), 0) as amount
    from late as l
    left join moved as m on m.event_id = l.event_id
    group by l.period, l.version_no, l.event_id, l.event_date
$$;
comment on function recon.subsequent_event(text)
is 'Events of signed months that became known after their sign-off, with the money each moves';
