-- What was approved for exactly this content; one row per kind of approval.
select subject_kind
from audit.approval
where
    company_id = %(company_id)s
    and subject_kind in ('transfer_gap', 'transfer_shrink')
    and subject_id = %(file_name)s
    and content_hash = %(sha256)s
    and decision = 'approved'
group by subject_kind
