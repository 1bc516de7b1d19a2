-- The two bridges of a run summed over the company, and how many keys have a residual; one row per bridge and
-- component.
select
    v.bridge,
    v.component,
    v.role,
    sum(v.units) as units,
    sum(v.amount) as amount,
    count(*) filter (where v.role = 'residual' and (v.amount <> 0 or v.units <> 0)) as keys_off
from recon.variance as v
where v.company_id = %(company_id)s and v.period = %(period)s and v.run_no = %(run_no)s
group by v.bridge, v.component, v.role
order by
    v.bridge desc,
    array_position(array['start', 'step', 'end', 'residual'], v.role),
    array_position(
        array[
            'original', 'change_orders', 'not_received', 'closed_short', 'over_receipt', 'returned', 'on_hand',
            'moved_code', 'rounding', 'consumed', 'tax_freight', 'unmanaged', 'foreign', 'adjustments', 'differences',
            'cut_off_in_flight', 'cut_off_late', 'job_cost'
        ],
        v.component
    )
