-- What Sage's change orders say of each of ours; one row per change order that it shows at least once, by its number or
-- by that number in front of a description: an import of the same file again, or a correction by hand that names it.
-- What they say together counts, so that what is put right in Sage is settled.
create temporary table change_evidence on commit drop as
with shown as materialized (
    select
        w.change_id,
        o.company_id,
        o.commitment,
        o.change_order,
        o.status
    from outbox.change_order as w
    inner join core.change_order as o
        on
            o.company_id = w.company_id and o.commitment = w.commitment
            and (o.change_order = w.reference or left(o.description, 10) = w.reference)
    where w.company_id = %(company_id)s
),

said as materialized (
    select
        s.change_id,
        s.change_order,
        x.item_number,
        x.units,
        x.amount
    from shown as s
    inner join core.change_order_item as x
        on x.company_id = s.company_id and x.commitment = s.commitment and x.change_order = s.change_order
),

compared as (
    select
        a.change_id,
        a.item_number,
        a.units,
        a.amount
    from said as a
    union all
    select
        l.change_id,
        l.item_number,
        -l.units as units,
        -l.amount as amount
    from outbox.change_order_line as l
    where l.change_id in (select s.change_id from shown as s)
),

differing as (
    select distinct d.change_id
    from (
        select c.change_id
        from compared as c
        group by c.change_id, c.item_number
        having sum(c.units) <> 0 or sum(c.amount) <> 0
    ) as d
)

select
    s.change_id,
    count(*) as times,
    bool_and(s.status = 'Approved') as is_approved,
    s.change_id not in (select d.change_id from differing as d) as is_same,
    string_agg(
        format('%%s (%%s): %%s', s.change_order, s.status, coalesce(t.lines, 'no lines')), '; ' order by s.change_order
    ) as found_text
from shown as s
left join lateral (
    select
        string_agg(
            format('line %%s: %%s, %%s', a.item_number, a.units, a.amount), ', ' order by a.item_number
        ) as lines
    from said as a
    where a.change_id = s.change_id and a.change_order = s.change_order
) as t on true
group by s.change_id
