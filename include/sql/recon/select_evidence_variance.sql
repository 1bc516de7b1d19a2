-- Evidence: both bridges of the proof; one row per PO line, codes and component.
select
    v.bridge,
    v.job,
    v.extra,
    v.cost_code,
    v.category,
    v.commitment,
    v.item_number,
    v.role,
    v.component,
    v.units,
    v.amount
from recon.variance as v
where v.company_id = %(company_id)s and v.period = %(period)s and v.run_no = %(run_no)s
order by
    v.bridge desc, v.job asc, v.extra asc, v.cost_code asc, v.category asc, v.commitment asc, v.item_number asc,
    v.role asc, v.component asc
