-- Take the events that the walk found no stock for out of the valuation.
update work_event as e
set rule = w.rule
from work_wait as w
where e.component = w.component and e.event_id = w.event_id
