-- Say of every difference that has an adjustment in this run that one is proposed.
update recon.difference as d
set state = 'proposed'
from recon.adjustment as a
where a.run_no = %(run_no)s and d.difference_id = a.difference_id and d.state = 'open'
