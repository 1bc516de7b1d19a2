-- Work table of one run: what policy `installation` wants of the consumption by the period's end, added up once for all
-- that read it; one row per PO line and codes. The same as `ledger.consumption_target`. Gone at commit.
create temporary table work_consumption on commit drop as
select
    v.job,
    v.extra,
    v.cost_code,
    v.category,
    v.commitment,
    v.item_number,
    sum(
        v.amount
        * ledger.steps_of_kind('installation', y.policy, y.policy_before, y.valid_from > v.entry_date)
    ) as amount
from ledger.value_entry as v
inner join work_line_policy as y
    on
        y.commitment = v.commitment and y.item_number = v.item_number
        and v.entry_date >= y.first_from and v.entry_date < y.valid_to
where
    v.company_id = %(company_id)s and v.measure in ('installed', 'wasted')
    and greatest(v.entry_date, y.valid_from) <= %(period_end)s
group by v.job, v.extra, v.cost_code, v.category, v.commitment, v.item_number
