-- Let differences of a run stand that are dismissed, by approved decisions or by this run, and say of those that moved
-- since that they are open again; one row per difference.
with decided as (
    select distinct on (d.difference_id)
        d.difference_id,
        x.dismissal_id,
        x.reason,
        x.amount_sage,
        x.amount_ours,
        v.decided_by,
        v.decided_at,
        x.row_hash = recon.difference_hash(d) as is_unmoved
    from recon.difference as d
    inner join recon.dismissal as x
        on
            x.company_id = d.company_id and x.reference = d.reference and x.cause = d.cause and x.job = d.job
            and x.extra = d.extra and x.cost_code = d.cost_code and x.category = d.category
    left join audit.approval as v on v.company_id = x.company_id and v.approval_id = x.approval_id
    where
        d.company_id = %(company_id)s and d.run_no = %(run_no)s and d.state = 'open'
        and (x.state = 'approved' or (x.state = 'proposed' and x.run_no = %(run_no)s))
    order by d.difference_id asc, (x.row_hash = recon.difference_hash(d)) desc, x.dismissal_id desc
)

update recon.difference as d
set
    state = case when w.is_unmoved then 'dismissed' else 'open' end,
    dismissal_id = case when w.is_unmoved then w.dismissal_id end,
    explanation = case
        when w.is_unmoved then 'dismissed: ' || w.reason
        else
            d.explanation || '; it moved since ' || w.decided_by || ' dismissed it on ' || w.decided_at::date
            || ' at ' || w.amount_sage || ' in Sage, ' || w.amount_ours || ' here (' || w.reason || ')'
    end
from decided as w
where d.company_id = %(company_id)s and d.difference_id = w.difference_id
