-- Make a check's open exceptions equal to what it finds now: open the new, close the cured, count one more attempt at
-- the others; one per record and rule.
with cured as (
    update audit.exception as e
    set
        closed_at = now(),
        closed_by = 'outbox'
    where
        e.company_id = %(company_id)s
        and e.record_kind = %(record_kind)s
        and e.rule = any(%(rules)s::text[])
        and e.closed_at is null
        and not exists (
            select
            from finding as f
            where f.record_key = e.record_key and f.rule_code = e.rule
        )
)

insert into audit.exception (company_id, record_kind, record_key, rule, reason, remedy, owner, payload)
select
    %(company_id)s,
    %(record_kind)s,
    f.record_key,
    f.rule_code,
    f.reason,
    f.remedy,
    f.owner_name,
    f.payload
from finding as f
on conflict (company_id, record_kind, record_key, rule) where closed_at is null do update
    set
        reason = excluded.reason,
        remedy = excluded.remedy,
        payload = excluded.payload,
        attempts = exception.attempts + 1,
        last_attempt_at = now()
