-- Whether a transfer of a flow has arrived that could not land yet; at most one row.
select transfer_id
from audit.transfer
where
    company_id = %(company_id)s
    and environment = %(environment)s
    and flow = %(flow)s
    and direction = 'in'
    and state in ('arrived', 'parked', 'refused', 'waiting_approval')
order by transfer_id
limit 1
