-- Note which job cost transactions of a source are no longer in its complete extract; they keep their content,
-- nothing is deleted. A row quarantined now is not gone. What this transfer itself brought is in its extract and need
-- not be looked for. One row per transaction noted.
update core.job_cost_transaction as t
set gone_at = now(), transfer_id = %(transfer_id)s
where
    t.company_id = %(company_id)s
    and t.source = %(source)s
    and t.gone_at is null
    and t.transfer_id <> %(transfer_id)s
    and not exists (
        select
        from staged as s
        where s."Row_ID" = t.row_id
    )
