-- Of the differences a run proposed to cure, those its proof found no more are resolved; one row each.
update recon.difference as d
set state = 'resolved'
where
    d.company_id = %(company_id)s and d.run_no = %(proves_run_no)s and d.state in ('open', 'proposed')
    and not exists (
        select
        from recon.difference as n
        where
            n.company_id = %(company_id)s and n.run_no = %(run_no)s
            and n.reference = d.reference and n.cause = d.cause and n.job = d.job
            and n.extra = d.extra and n.cost_code = d.cost_code and n.category = d.category
    )
