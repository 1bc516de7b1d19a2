-- What Sage's change orders say of each of ours; one row per change order that it shows at least once.
create temporary table change_evidence on commit drop as
select
    s.change_id,
    s.times,
    s.is_approved,
    s.is_same,
    s.found_text
from outbox.change_in_sage as s
where s.company_id = %(company_id)s
