-- What landed last of one flow.
select
    seq,
    rev,
    sha256,
    row_count,
    extracted_at
from audit.watermark
where company_id = %(company_id)s and flow = %(flow)s and environment = %(environment)s
