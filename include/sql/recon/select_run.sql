-- One run with what it proposes in numbers; one row.
select
    r.run_no,
    r.company_id,
    r.period,
    r.scope,
    r.job,
    r.mode,
    r.materiality,
    r.prepared_by,
    r.dag_run_id,
    r.state,
    r.content_hash,
    r.approval_id,
    r.tie_out,
    c.company_name,
    v.decided_by,
    v.decided_at,
    v.comment,
    (
        select count(*)
        from recon.adjustment as a
        where a.company_id = r.company_id and a.run_no = r.run_no
    ) as adjustments,
    (
        select coalesce(sum(a.amount), 0)
        from recon.adjustment as a
        where a.company_id = r.company_id and a.run_no = r.run_no
    ) as amount_adjustments,
    (
        select count(*)
        from recon.journal as j
        where j.company_id = r.company_id and j.run_no = r.run_no
    ) as journal_lines,
    (
        select count(*)
        from recon.accrual_release as l
        where l.company_id = r.company_id and l.run_no = r.run_no
    ) as releases,
    (
        select count(*)
        from recon.dismissal as x
        where x.company_id = r.company_id and x.run_no = r.run_no
    ) as dismissals,
    (
        select count(*)
        from recon.foreign_decision as f
        where f.company_id = r.company_id and f.run_no = r.run_no
    ) as decisions,
    (
        select count(*)
        from recon.proposed_event as e
        where e.company_id = r.company_id and e.run_no = r.run_no
    ) as proposed_events,
    (
        select count(*)
        from recon.difference as d
        where d.company_id = r.company_id and d.run_no = r.run_no
    ) as differences
from recon.run as r
inner join core.company as c on c.company_id = r.company_id
left join audit.approval as v on v.company_id = r.company_id and v.approval_id = r.approval_id
where r.run_no = %(run_no)s
