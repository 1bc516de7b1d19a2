-- Make the open notices equal to what is so now: open the new, close what is over. What a run told of itself closes
-- once it was told. Rows touched.
with closed as (
    update audit.notice as n
    set closed_at = clock_timestamp()
    where
        n.closed_at is null
        and case
            when n.kind = 'run_failed' then n.told_at is not null
            else not exists (
                select
                from audit.notable as x
                where (x.company_id, x.kind, x.subject) = (n.company_id, n.kind, n.subject)
            )
        end
    returning n.notice_id
)

insert into audit.notice (company_id, kind, subject, message)
select
    x.company_id,
    x.kind,
    x.subject,
    x.message
from audit.notable as x
on conflict (company_id, kind, subject) where closed_at is null do nothing
