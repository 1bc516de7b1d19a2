-- The least a posting has to do: entries added up by what a cost line says; one row per day, codes and order line.
create temporary table grouped as
select
    entry_date,
    job,
    extra,
    cost_code,
    category,
    commitment,
    item_number,
    sum(units) as units,
    sum(amount) as amount,
    count(*) as entries
from ledger.value_entry
where company_id = %(company_id)s and measure in ('installed', 'wasted')
group by entry_date, job, extra, cost_code, category, commitment, item_number
