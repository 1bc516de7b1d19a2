-- What Sage's change orders say of each of ours; one row per change order that it shows at least once, by its number or
-- by the reference in front of the description. Equal: once, approved, with exactly our lines.
create temporary table change_evidence on commit drop as
with shown as (
    select
        w.change_id,
        o.change_order,
        o.status,
        (
            select
                jsonb_agg(
                    jsonb_build_array(x.item_number, x.units::text, x.amount::text) order by x.item_number
                )
            from core.change_order_item as x
            where
                x.company_id = o.company_id and x.commitment = o.commitment and x.change_order = o.change_order
        ) as lines
    from outbox.change_order as w
    inner join core.change_order as o
        on
            o.company_id = w.company_id and o.commitment = w.commitment
            and (o.change_order = w.reference or left(o.description, 10) = w.reference)
    where w.company_id = %(company_id)s
),

ours as (
    select
        l.change_id,
        jsonb_agg(jsonb_build_array(l.item_number, l.units::text, l.amount::text) order by l.item_number) as lines
    from outbox.change_order_line as l
    where l.company_id = %(company_id)s
    group by l.change_id
)

select
    s.change_id,
    count(*) as times,
    bool_and(s.status = 'Approved') as is_approved,
    bool_and(s.lines is not distinct from u.lines) as is_same,
    string_agg(
        format('%%s (%%s): %%s', s.change_order, s.status, coalesce(s.lines::text, 'no lines')), '; '
        order by s.change_order
    ) as found_text
from shown as s
inner join ours as u on u.change_id = s.change_id
group by s.change_id
