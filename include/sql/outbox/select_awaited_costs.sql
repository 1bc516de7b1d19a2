-- Companies of which an approved reconciliation waits for cost lines that its decisions make: released accruals, and
-- the offsets of invoices that were linked to a PO line; with the day through which lines are due. One row per company.
select
    r.company_id,
    max((to_date(r.period || '-01', 'YYYY-MM-DD') + interval '1 month - 1 day')::date) as through_date
from recon.run as r
inner join core.data_flow as f on f.company_id = r.company_id and f.flow = 'material_costs' and f.is_on
where
    r.state = 'approved' and r.scope = 'period' and r.mode = 'propose'
    and (
        exists (
            select
            from recon.accrual_release as l
            where l.company_id = r.company_id and l.run_no = r.run_no and l.state = 'approved'
        )
        or exists (
            select
            from recon.foreign_decision as d
            where d.company_id = r.company_id and d.run_no = r.run_no and d.state = 'approved' and d.decision = 'link'
        )
    )
group by r.company_id
order by r.company_id
