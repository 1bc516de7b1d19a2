-- Work table of one run: what tagged events moved of each PO line, added up once for all that read it; one row per line
-- (null: draws that name none), effect, whether something went back or that is undone (is_returned; null: an addition
-- that undoes nothing) and whether it lies by the period's end (is_by_end). Gone at commit.
create temporary table work_line_units on commit drop as
select
    t.commitment,
    t.item_number,
    t.effect,
    case t.effect
        when 'cut' then e.event_type = 'returned'
        when 'add' then undone.event_type = 'returned'
        else false
    end as is_returned,
    e.event_date <= %(period_end)s as is_by_end,
    count(*) as events,
    sum(t.units) as units
from ledger.event_tag as t
inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id
left join ledger.material_event as undone
    on undone.company_id = e.company_id and undone.event_id = e.reverses_event_id and t.effect = 'add'
where t.company_id = %(company_id)s and t.status = 'tagged'
group by 1, 2, 3, 4, 5
