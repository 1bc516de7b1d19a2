-- L7: the past does not change: what is written once is guarded by trigger against everybody and by grant against the
-- pipeline; one row.
with guarded as (
    select r.relation
    from (
        values
        ('ledger.material_event'), ('ledger.value_entry'), ('ledger.cost_entry'), ('ledger.opening_balance'),
        ('ledger.count_decision'), ('audit.approval'), ('outbox.state_log'), ('audit.exception_payload'),
        ('outbox.receipt_decision'), ('ledger.wait_at_close'), ('ledger.bill_at_close'),
        ('ledger.cover_at_close')
    ) as r (relation)
),

judged as (
    select
        g.relation,
        -- Bits of tgtype: 8 delete, 16 update, 32 truncate; A = fires for every session.
        exists(
            select
            from pg_trigger as t
            where
                t.tgrelid = g.relation::regclass and not t.tgisinternal and t.tgname = 'append_only'
                and t.tgenabled = 'A' and t.tgtype & 56 = 56
        ) as has_trigger,
        has_table_privilege('pipeline', g.relation, 'update, delete, truncate') as is_open_to_pipeline
    from guarded as g
)

select
    bool_and(j.has_trigger and not j.is_open_to_pipeline) as holds,
    count(*) as tables_guarded,
    count(*) filter (where not j.has_trigger) as triggers_missing,
    count(*) filter (where j.is_open_to_pipeline) as grants_too_wide
from judged as j
