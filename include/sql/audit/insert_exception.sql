-- Open an exception about a file, or count one more attempt at it; one open row per record and rule.
insert into audit.exception as kept (
    company_id, record_kind, record_key, rule, reason, remedy, owner, payload, transfer_id
)
values (
    %(company_id)s, %(record_kind)s, %(record_key)s, %(rule)s, %(reason)s, %(remedy)s, %(owner)s, %(payload)s,
    %(transfer_id)s
)
on conflict (company_id, record_kind, record_key, rule) where closed_at is null do update set
    attempts = kept.attempts + 1,
    last_attempt_at = now(),
    reason = excluded.reason,
    remedy = excluded.remedy,
    payload = excluded.payload,
    transfer_id = excluded.transfer_id
