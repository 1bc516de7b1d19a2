-- What Sage's change orders say of each of ours, for everybody who asks: the exceptions of a read-back and the law L2.
-- A change order of ours is found by its number or by that number in front of a description: an import of the same file
-- again, or a correction by hand that names it. What they say together counts, so that what is put right is settled.
create view outbox.change_in_sage with (security_invoker = true) as
with shown as (
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
),

said as (
    select
        s.company_id,
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
        a.company_id,
        a.change_id,
        a.item_number,
        a.units,
        a.amount
    from said as a
    union all
    select
        s.company_id,
        s.change_id,
        l.item_number,
        -l.units as units,
        -l.amount as amount
    from (
        select distinct
            t.company_id,
            t.change_id
        from shown as t
    ) as s
    inner join outbox.change_order_line as l on l.change_id = s.change_id
),

differing as (
    select distinct
        d.company_id,
        d.change_id
    from (
        select
            c.company_id,
            c.change_id
        from compared as c
        group by c.company_id, c.change_id, c.item_number
        having sum(c.units) <> 0 or sum(c.amount) <> 0
    ) as d
),

told as (
    select
        s.company_id,
        s.change_id,
        s.status,
        s.change_order,
        string_agg(
            format('line %s: %s, %s', a.item_number, a.units, a.amount), ', ' order by a.item_number
        ) as lines
    from shown as s
    left join said as a on a.change_id = s.change_id and a.change_order = s.change_order
    group by s.company_id, s.change_id, s.change_order, s.status
)

select
    t.company_id,
    t.change_id,
    count(*) as times,
    bool_and(t.status = 'Approved') as is_approved,
    d.change_id is null as is_same,
    string_agg(
        format('%s (%s): %s', t.change_order, t.status, coalesce(t.lines, 'no lines')), '; ' order by t.change_order
    ) as found_text
from told as t
left join differing as d on d.company_id = t.company_id and d.change_id = t.change_id
group by t.company_id, t.change_id, d.change_id;
comment on view outbox.change_in_sage
is 'What Sage shows of each of our change orders, at least once; key: change_id';
comment on column outbox.change_in_sage.company_id is 'The company: one Sage data folder';
comment on column outbox.change_in_sage.change_id is 'Our number of the change order';
comment on column outbox.change_in_sage.times is 'How many change orders of Sage bear its number or name it';
comment on column outbox.change_in_sage.is_approved is 'All of them are approved in Sage';
comment on column outbox.change_in_sage.is_same is 'Together they say of every line exactly what was sent, once';
comment on column outbox.change_in_sage.found_text is 'What each of them says, for people';
