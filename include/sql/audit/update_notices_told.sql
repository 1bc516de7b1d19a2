-- Note that these notices were told; touches one row per notice.
update audit.notice
set told_at = clock_timestamp()
where notice_id = any(%(notice_ids)s::bigint[])
