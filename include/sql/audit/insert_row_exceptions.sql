-- Keep every refused row with its reason, remedy and payload; one open exception per record and rule, attempts counted.
-- What a person dismissed stays dismissed as long as it comes with the same content.
insert into audit.exception as kept (
    company_id, record_kind, record_key, rule, reason, remedy, owner, payload, transfer_id
)
select
    %(company_id)s,
    %(record_kind)s,
    s.record_key,
    s.rule,
    s.reason,
    s.remedy,
    %(owner)s,
    s.payload,
    %(transfer_id)s
from staged_exception as s
where
    not exists (
        select
        from audit.exception as x
        where
            x.dismissed_reason is not null
            and x.company_id = %(company_id)s and x.record_kind = %(record_kind)s
            and x.record_key = s.record_key and x.rule = s.rule and x.payload = s.payload
    )
on conflict (company_id, record_kind, record_key, rule) where closed_at is null do update set
    attempts = kept.attempts + 1,
    last_attempt_at = now(),
    reason = excluded.reason,
    remedy = excluded.remedy,
    payload = excluded.payload,
    transfer_id = excluded.transfer_id
