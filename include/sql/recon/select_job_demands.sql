-- What a run found that a job's end still lacks; one row per demand and record, in the order of the demands.
select
    d.demand,
    d.record_key,
    d.expected,
    d.found,
    d.next_step,
    d.owner,
    d.amount
from recon.job_demand as d
where d.company_id = %(company_id)s and d.run_no = %(run_no)s
order by array_position(
    array[
        'nothing_to_receive', 'nothing_owed', 'every_invoice_offset', 'no_stock_on_site', 'no_pending_credit',
        'no_open_exception', 'everything_posted'
    ], d.demand
), d.record_key
