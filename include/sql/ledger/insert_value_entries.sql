-- Record what the canonical value differs by from what is recorded: one row per key that differs; none when nothing
-- changed.
with recorded as (
    select
        v.company_id,
        v.event_id,
        v.cause_kind,
        v.cause_id,
        v.measure,
        v.commitment,
        v.item_number,
        v.job,
        v.extra,
        v.cost_code,
        v.category,
        v.entry_date,
        sum(v.units) as units,
        sum(v.amount) as amount
    from ledger.value_entry as v
    inner join work_line as l
        on l.company_id = v.company_id and l.commitment = v.commitment and l.item_number = v.item_number
    group by
        v.company_id, v.event_id, v.cause_kind, v.cause_id, v.measure, v.commitment, v.item_number,
        v.job, v.extra, v.cost_code, v.category, v.entry_date
)

insert into ledger.value_entry (
    company_id, event_id, cause_kind, cause_id, measure, commitment, item_number, job, extra, cost_code, category,
    entry_date, units, amount, valuation_id
)
select
    coalesce(w.company_id, r.company_id) as company_id,
    coalesce(w.event_id, r.event_id) as event_id,
    coalesce(w.cause_kind, r.cause_kind) as cause_kind,
    coalesce(w.cause_id, r.cause_id) as cause_id,
    coalesce(w.measure, r.measure) as measure,
    coalesce(w.commitment, r.commitment) as commitment,
    coalesce(w.item_number, r.item_number) as item_number,
    coalesce(w.job, r.job) as job,
    coalesce(w.extra, r.extra) as extra,
    coalesce(w.cost_code, r.cost_code) as cost_code,
    coalesce(w.category, r.category) as category,
    coalesce(w.entry_date, r.entry_date) as entry_date,
    coalesce(w.units, 0) - coalesce(r.units, 0) as units,
    coalesce(w.amount, 0) - coalesce(r.amount, 0) as amount,
    %(valuation_id)s::bigint as valuation_id
from work_entry as w
full join recorded as r
    on
        w.company_id = r.company_id and w.event_id = r.event_id and w.cause_kind = r.cause_kind
        and w.cause_id = r.cause_id and w.measure = r.measure and w.commitment = r.commitment
        and w.item_number = r.item_number and w.job = r.job and w.extra = r.extra
        and w.cost_code = r.cost_code and w.category = r.category and w.entry_date = r.entry_date
where
    coalesce(w.units, 0) <> coalesce(r.units, 0)
    or coalesce(w.amount, 0) <> coalesce(r.amount, 0)
order by company_id, commitment, item_number, entry_date, event_id, measure
