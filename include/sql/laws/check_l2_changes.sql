-- L2: no change of a commitment reaches Sage twice. A change order of ours stands there once, by its number or named in
-- front of a description, unless what stands there says together what was sent; one row.
select
    count(*) filter (where e.times > 1 and not e.is_same) = 0 as holds,
    count(*) filter (where w.state = 'posted') as changes_posted,
    count(*) filter (where e.times > 1) as changes_twice,
    count(*) filter (where e.times > 1 and not e.is_same) as changes_twice_uncured
from outbox.change_order as w
left join outbox.change_in_sage as e on e.company_id = w.company_id and e.change_id = w.change_id
where w.company_id = %(company_id)s
