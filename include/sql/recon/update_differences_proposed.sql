-- Say of every difference that has an adjustment in this run that one is proposed.
update recon.difference as d
set state = 'proposed'
from recon.adjustment as a
where
    a.company_id = %(company_id)s and a.run_no = %(run_no)s
    and d.company_id = a.company_id and d.difference_id = a.difference_id and d.state = 'open'
