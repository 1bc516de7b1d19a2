-- Open notices that nobody was told of yet, oldest first; one row per notice.
select
    n.notice_id,
    n.company_id,
    n.kind,
    n.subject,
    n.message,
    n.opened_at
from audit.notice as n
where n.told_at is null and n.closed_at is null
order by n.company_id, n.notice_id
for update skip locked
