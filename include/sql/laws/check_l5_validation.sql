-- L5: nothing lands unvalidated; every file that landed passed its suite, its rows are landed or kept with a reason;
-- one row.
select
    count(*) filter (where (t.validation ->> 'success')::boolean is distinct from true) = 0
    and coalesce(sum(t.row_count - t.rows_landed - t.rows_quarantined), 0) = 0 as holds,
    count(*) as transfers_landed,
    count(*) filter (where (t.validation ->> 'success')::boolean) as transfers_validated,
    coalesce(sum(t.rows_landed), 0) as rows_landed,
    coalesce(sum(t.rows_quarantined), 0) as rows_quarantined,
    coalesce(sum(t.row_count - t.rows_landed - t.rows_quarantined), 0) as rows_unaccounted
from audit.transfer as t
where t.company_id = %(company_id)s and t.direction = 'in' and t.state = 'landed'
