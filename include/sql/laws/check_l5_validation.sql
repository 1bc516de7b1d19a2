-- L5: nothing lands unvalidated; every file that landed passed its suite, its rows are landed or kept with a reason;
-- one row. A suite is passed when no promise about the whole file is broken; rows that break promises of their own
-- (severity warning) are kept back, and the file's count shows it; what is only reported (info) lands.
with landed as (
    select
        t.row_count,
        t.rows_landed,
        t.rows_quarantined,
        coalesce((t.validation ->> 'success')::boolean, false)
        or (
            exists (
                select
                from jsonb_array_elements(t.validation -> 'results') as r (result)
                where r.result ->> 'severity' in ('warning', 'info') and not (r.result ->> 'success')::boolean
            )
            and not exists (
                select
                from jsonb_array_elements(t.validation -> 'results') as r (result)
                where
                    coalesce(r.result ->> 'severity', '') not in ('warning', 'info')
                    and (r.result ->> 'success')::boolean is distinct from true
            )
        ) as is_validated
    from audit.transfer as t
    where t.company_id = %(company_id)s and t.direction = 'in' and t.state = 'landed'
)

select
    count(*) filter (where not l.is_validated) = 0
    and coalesce(sum(l.row_count - l.rows_landed - l.rows_quarantined), 0) = 0 as holds,
    count(*) as transfers_landed,
    count(*) filter (where l.is_validated) as transfers_validated,
    coalesce(sum(l.rows_landed), 0) as rows_landed,
    coalesce(sum(l.rows_quarantined), 0) as rows_quarantined,
    coalesce(sum(l.row_count - l.rows_landed - l.rows_quarantined), 0) as rows_unaccounted
from landed as l
