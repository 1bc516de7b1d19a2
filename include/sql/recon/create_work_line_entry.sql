-- Work table of one run: the entries of value, added up once for all that read them; one row per PO line, codes,
-- measure, and whether their event is tagged (is_tagged), names no line (is_pooled) and they lie by the period's end
-- (is_by_end). Gone at commit.
create temporary table work_line_entry on commit drop as
select
    v.commitment,
    v.item_number,
    v.job,
    v.extra,
    v.cost_code,
    v.category,
    v.measure,
    t.event_id is not null as is_tagged,
    t.commitment is null as is_pooled,
    v.entry_date <= %(period_end)s as is_by_end,
    sum(v.units) as units,
    sum(v.amount) as amount
from ledger.value_entry as v
left join ledger.event_tag as t on t.company_id = v.company_id and t.event_id = v.event_id
where v.company_id = %(company_id)s
group by
    v.commitment, v.item_number, v.job, v.extra, v.cost_code, v.category, v.measure,
    t.event_id is not null, t.commitment is null, v.entry_date <= %(period_end)s
