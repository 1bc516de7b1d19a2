-- Make the open notices equal to what is so now: open the new, close what is over. That a run failed or is late closes
-- once it was told. A reconciliation is late once, after the time its runs are allowed. Rows touched.
with closed as (
    update audit.notice as n
    set closed_at = clock_timestamp()
    where
        n.closed_at is null
        and (n.kind not in ('run_failed', 'run_late') or n.told_at is not null)
        and not exists (
            select
            from audit.notable as x
            where (x.company_id, x.kind, x.subject) = (n.company_id, n.kind, n.subject)
        )
    returning n.notice_id
)

insert into audit.notice (company_id, kind, subject, message)
select
    x.company_id,
    x.kind,
    x.subject,
    x.message
from audit.notable as x
where
    x.kind <> 'run_late'
    or (
        not exists (
            select
            from audit.notice as n
            where (n.company_id, n.kind, n.subject) = (x.company_id, x.kind, x.subject)
        )
        and exists (
            select
            from recon.run as r
            where
                r.company_id = x.company_id
                and 'reconciliation ' || r.run_no = x.subject
                and r.started_at < now() - case r.scope when 'job' then %(job_within)s else %(period_within)s end
        )
    )
on conflict (company_id, kind, subject) where closed_at is null do nothing
